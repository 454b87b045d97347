"""Layers that images share, and that containers hold."""

from collections.abc import Mapping

from tests.contract.making import Built, Contained, Forced, Loaded
from tests.contract.scenarios.scenario import STOPPED, Scenario, by, names
from tests.contract.words import Form
from tests.worlds import BUSYBOX

SHARED = (
    Loaded(tags=("alpha:1",), layers=("a", "b", "c")),
    Loaded(tags=("beta:1",), layers=("a", "b", "d")),
    Loaded(tags=("gamma:1",), layers=("a",)),
)

CACHED = (
    Loaded(tags=("base:1",), layers=("a", "b")),
    Built(base="base:1", lines=("COPY file /x", "LABEL x=1"), tag="kit:1", buildkit=True),
)

SCENARIOS: Mapping[str, Scenario] = {
    "no layers at all": Scenario(
        world=(Loaded(tags=("empty:1",), layers=()), Loaded(tags=("alpha:1",), layers=("a",))),
        commands=(names("empty:1"), names("alpha:1")),
    ),
    "the build cache holds layers": Scenario(world=CACHED, commands=(names("kit:1"), names("base:1"))),
    "the build cache holds layers of others": Scenario(
        world=(*CACHED, Loaded(tags=("alpha:1",), layers=("a", "b", "c")), Loaded(tags=("beta:1",), layers=("x",))),
        commands=(names("alpha:1"), names("beta:1"), names("base:1", "kit:1")),
    ),
    "the build cache of images that are gone": Scenario(
        world=(*CACHED, Forced(image="kit:1"), Forced(image="base:1"), Loaded(tags=("alpha:1",), layers=("a", "b"))),
        commands=(names("alpha:1"),),
    ),
    "the build cache of an image that came back": Scenario(
        world=(*CACHED, Forced(image="kit:1"), Forced(image="base:1"), CACHED[0]), commands=(names("base:1"),)
    ),
    "shared layers stay until their last image": Scenario(
        world=SHARED, commands=(names("alpha:1"), names("gamma:1"), names("beta:1"))
    ),
    "shared layers in one command": Scenario(world=SHARED, commands=(names("alpha:1", "gamma:1", "beta:1"),)),
    "layers that repeat or come in another order": Scenario(
        world=(Loaded(tags=("alpha:1",), layers=("a", "a", "b", "a")), Loaded(tags=("beta:1",), layers=("b", "a"))),
        commands=(names("beta:1", "alpha:1"),),
    ),
    "the same layers under two configs": Scenario(
        world=(
            Loaded(tags=("alpha:1",), layers=("a", "b"), label="one"),
            Loaded(tags=("beta:1",), layers=("a", "b"), label="two"),
        ),
        commands=(names("alpha:1"), names("beta:1")),
    ),
    "the layers of one image below those of another": Scenario(
        world=(Loaded(tags=("alpha:1",), layers=("a", "b")), Loaded(tags=("beta:1",), layers=("a", "b", "a", "b"))),
        commands=(names("alpha:1"), names("beta:1")),
    ),
    "a container holds the layers of an image that shares them": Scenario(
        world=(*STOPPED, Loaded(tags=("beta:1",), layers=(BUSYBOX, "b"))), commands=(names("beta:1"),)
    ),
    "a container whose image is gone holds layers": Scenario(
        world=(*STOPPED, Loaded(tags=("beta:1",), layers=(BUSYBOX, "b")), Forced(image="alpha:1")),
        commands=(names("beta:1"),),
    ),
    "two containers whose images are gone hold layers": Scenario(
        world=(
            *STOPPED,
            Loaded(tags=("beta:1",), layers=(BUSYBOX, "b", "c")),
            Contained(image="beta:1", name="task"),
            Loaded(tags=("gamma:1",), layers=(BUSYBOX, "b", "d")),
            Loaded(tags=("delta:1",), layers=("x", "y")),
            Forced(image="alpha:1"),
            Forced(image="beta:1"),
        ),
        commands=(names("gamma:1"), names("delta:1")),
    ),
    "an image that came back under its container": Scenario(
        world=(*STOPPED, Forced(image="alpha:1"), STOPPED[0]),
        commands=(names("alpha:1"), by(Form.SHORT_ID, "alpha:1"), by(Form.SHORT_ID, "alpha:1", force=True)),
    ),
}
