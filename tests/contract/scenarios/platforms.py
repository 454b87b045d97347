"""An image for two platforms: one image in either store, in the containerd store by the ID of its index."""

from collections.abc import Mapping

from tests.contract.making import Contained, Kept, Loaded, Pushed, Tagged
from tests.contract.scenarios.scenario import Scenario, by, names
from tests.contract.words import Form

BOTH = Loaded(tags=("alpha:1",), layers=("a", "b"), label="both", platforms=True)

SCENARIOS: Mapping[str, Scenario] = {
    "two platforms, by name": Scenario(world=(BOTH,), commands=(names("alpha:1"),)),
    "two platforms, by ID": Scenario(world=(BOTH,), commands=(by(Form.SHORT_ID, "both"),)),
    "two platforms, by digest": Scenario(
        world=(BOTH, Pushed(image="both", name="t/al:1")),
        commands=(names("alpha@sha256:{both:.64}"), by(Form.DIGEST, "both"), by(Form.SHORT_ID, "both", force=True)),
    ),
    "two platforms, pulled by digest": Scenario(
        world=(Loaded(label="both", platforms=True), Pushed(image="both", name="t/al:1", kept=Kept.DIGEST)),
        commands=(by(Form.OTHER_REPOSITORY_AND_DIGEST, "both"), by(Form.DIGEST, "both")),
    ),
    "two platforms and one of them alone": Scenario(
        world=(BOTH, Loaded(tags=("beta:1",), layers=("a", "b"), label="one")), commands=(names("alpha:1", "beta:1"),)
    ),
    "two platforms, two names, a container": Scenario(
        world=(BOTH, Tagged(image="both", name="beta:1"), Contained(image="both", name="job")),
        commands=(names("beta:1"), names("alpha:1"), by(Form.SHORT_ID, "both"), names("alpha:1", force=True)),
    ),
    "two platforms without a name": Scenario(
        world=(Loaded(label="both", platforms=True),), commands=(by(Form.HIDDEN, "both"), by(Form.SHORT_ID, "both"))
    ),
}
