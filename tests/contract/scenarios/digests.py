"""Removals by digest: pushed, pulled, and only looked like."""

from collections.abc import Mapping

from tests.contract.making import Contained, Kept, Loaded, Pushed, Tagged
from tests.contract.scenarios.scenario import ONE, PUSHED, RUNNABLE, Scenario, by, names
from tests.contract.words import Form

ONLY = (Loaded(label="only"), Pushed(image="only", name="t/al:1", kept=Kept.DIGEST))
TAG_AND_DIGEST = (Loaded(label="only"), Pushed(image="only", name="t/al:1", kept=Kept.TAG_AND_DIGEST))
TWICE = (*PUSHED, Pushed(image="alpha:1", name="t/be:1"))

SCENARIOS: Mapping[str, Scenario] = {
    "by digest the tag stays": Scenario(
        world=PUSHED, commands=(by(Form.DIGEST, "alpha:1"), names("{registry}/t/al:1", "alpha:1"))
    ),
    "by digest alone": Scenario(world=ONLY, commands=(names("{registry}/t/al"), by(Form.DIGEST, "only"))),
    "by digest alone, by its ID": Scenario(world=ONLY, commands=(by(Form.SHORT_ID, "only"),)),
    "by digest alone, by the hidden record": Scenario(
        world=ONLY, commands=(by(Form.HIDDEN, "only"), by(Form.FULL_ID, "only"))
    ),
    "by digest alone, tagged again": Scenario(
        world=(*ONLY, Tagged(image="only", name="{registry}/t/al:2"), Tagged(image="only", name="alpha:1")),
        commands=(by(Form.DIGEST, "only"), names("{registry}/t/al:2"), by(Form.SHORT_ID, "only")),
    ),
    "a digest that was pulled, and the tag": Scenario(
        world=(*ONLY, Tagged(image="only", name="{registry}/t/al:2")),
        commands=(by(Form.SHORT_ID, "only"),),
    ),
    "by tag and digest the digest goes": Scenario(world=PUSHED, commands=(by(Form.TAG_AND_DIGEST, "alpha:1"),)),
    "by any tag and the digest": Scenario(
        world=PUSHED,
        commands=(by(Form.ANY_TAG_AND_DIGEST, "alpha:1"), by(Form.TAG_AND_DIGEST, "alpha:1", "alpha:1")),
    ),
    "pulled by tag and digest": Scenario(
        world=TAG_AND_DIGEST,
        commands=(names("{registry}/t/al:1"), by(Form.ANY_TAG_AND_DIGEST, "only"), by(Form.TAG_AND_DIGEST, "only")),
    ),
    "pulled by tag and digest, by the digest": Scenario(world=TAG_AND_DIGEST, commands=(by(Form.DIGEST, "only"),)),
    "pulled by tag and digest, by its ID": Scenario(
        world=(*TAG_AND_DIGEST, Tagged(image="only", name="{registry}/t/al:1")),
        commands=(by(Form.SHORT_ID, "only"), by(Form.SHORT_ID, "only", force=True)),
    ),
    "pulled by tag and digest, then tagged with another": Scenario(
        world=(*TAG_AND_DIGEST, Tagged(image="only", name="{registry}/t/al:2")),
        commands=(names("{registry}/t/al:2"), by(Form.DIGEST, "only")),
    ),
    "a digest of another repository": Scenario(
        world=PUSHED, commands=(by(Form.OTHER_REPOSITORY_AND_DIGEST, "alpha:1"), names("beta@sha256:" + "e" * 64))
    ),
    "the last tag of a repository takes its digests along": Scenario(
        world=PUSHED, commands=(names("{registry}/t/al:1"), names("alpha:1"))
    ),
    "a digest stays with another tag of its repository": Scenario(
        world=(*PUSHED, Tagged(image="alpha:1", name="{registry}/t/al:2")),
        commands=(names("{registry}/t/al:1"), names("alpha:1"), by(Form.FULL_ID, "alpha:1")),
    ),
    "a tag and a digest of one repository count as one": Scenario(
        world=PUSHED, commands=(names("alpha:1"), by(Form.SHORT_ID, "alpha:1"))
    ),
    "a tag and a digest of another repository are two": Scenario(
        world=(*ONLY, Tagged(image="only", name="alpha:1")),
        commands=(by(Form.SHORT_ID, "only"), by(Form.SHORT_ID, "only", force=True)),
    ),
    "digests of two repositories": Scenario(
        world=TWICE, commands=(names("{registry}/t/al:1"), by(Form.DIGEST, "alpha:1"), by(Form.SHORT_ID, "alpha:1"))
    ),
    "digests of two repositories, by ID": Scenario(
        world=TWICE, commands=(by(Form.SHORT_ID, "alpha:1"), by(Form.SHORT_ID, "alpha:1", force=True))
    ),
    "a digest that is no name, only the image's ID": Scenario(
        world=(Loaded(tags=("alpha:1", "alpha:2", "beta:1"), label="one"),),
        commands=(
            names("gamma@sha256:{one:.64}"),
            names("alpha:1@sha256:{one:.64}"),
            names("beta:any@sha256:{one:.64}", "beta@sha256:{one:.64}"),
            names("alpha@sha256:{one:.64}"),
        ),
    ),
    "a digest that is the ID, of every tag at once": Scenario(
        world=(Loaded(tags=("alpha:1", "alpha:2"), label="one"),),
        commands=(names("alpha@sha256:{one:.64}"), by(Form.FULL_ID, "one", force=True)),
    ),
    "a tag with the digest of another image": Scenario(
        world=(*ONE, Loaded(tags=("beta:1",), layers=("z",), label="other")),
        commands=(names("alpha:1@sha256:{other:.64}"), names("beta:1@sha256:{other:.64}")),
    ),
    "a container refuses a digest though the tag would stay": Scenario(
        world=(RUNNABLE, Pushed(image="alpha:1", name="t/al:1"), Contained(image="alpha:1", name="job")),
        commands=(by(Form.DIGEST, "alpha:1"), names("alpha:1"), by(Form.DIGEST, "alpha:1")),
    ),
    "a container, and an image that has only a digest": Scenario(
        world=(*ONLY, Contained(image="only", name="job")),
        commands=(
            by(Form.DIGEST, "only"),
            by(Form.SHORT_ID, "only"),
            by(Form.DIGEST, "only", force=True),
            by(Form.SHORT_ID, "only", force=True),
        ),
    ),
}
