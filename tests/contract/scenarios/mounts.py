"""Images that containers of other images mount (Docker 28 and later; an older one makes the container without)."""

from collections.abc import Mapping

from bot.images.inventory import ContainerState
from tests.contract.making import Action, Contained, Forced, Loaded, Tagged
from tests.contract.scenarios.scenario import RUNNABLE, Scenario, by, names
from tests.contract.words import Form

MOUNTED = Loaded(tags=("beta:1",), layers=("b", "c"), label="mounted")
MOVER = Loaded(tags=("beta:1",), layers=("d",), label="mover")


def mounting(*names: str, state: ContainerState = ContainerState.CREATED) -> tuple[Action, ...]:
    """Return an image, and a container of another that mounts it by these names."""
    return (RUNNABLE, MOUNTED, Contained(image="alpha:1", name="job", state=state, mounts=names))


SCENARIOS: Mapping[str, Scenario] = {
    "an image that a container mounts": Scenario(
        world=mounting("beta:1"), commands=(names("beta:1"), by(Form.SHORT_ID, "mounted"))
    ),
    "an image that a container mounts, by another spelling": Scenario(
        world=mounting("beta:1"), commands=(names("docker.io/library/beta:1"), names("library/beta:1", force=True))
    ),
    "an image that a container mounts, by name with force": Scenario(
        world=mounting("beta:1"), commands=(names("beta:1", force=True), by(Form.SHORT_ID, "mounted"))
    ),
    "an image that a container mounts by its ID": Scenario(
        world=mounting("sha256:{mounted:.64}"), commands=(names("beta:1"), by(Form.SHORT_ID, "mounted"))
    ),
    "an image that a container mounts by a short ID": Scenario(
        world=mounting("{mounted:.12}"), commands=(names("beta:1"), names("beta:1", force=True))
    ),
    "an image that a running container mounts": Scenario(
        world=mounting("beta:1", state=ContainerState.RUNNING),
        commands=(names("beta:1"), names("beta:1", force=True), by(Form.SHORT_ID, "mounted", force=True)),
    ),
    "a mounted image with another name": Scenario(
        world=(*mounting("beta:1"), Tagged(image="mounted", name="beta:2")),
        commands=(names("beta:2"), names("beta:1"), by(Form.SHORT_ID, "mounted")),
    ),
    "a mounted image whose name moved": Scenario(
        world=(*mounting("beta:1"), MOVER),
        commands=(by(Form.SHORT_ID, "mounted"), names("beta:1")),
    ),
    "a mounted image whose name moved, and the mover first": Scenario(
        world=(*mounting("beta:1"), MOVER, Tagged(image="mounted", name="beta:2")),
        commands=(names("beta:1"), names("beta:2"), by(Form.SHORT_ID, "mounted", force=True)),
    ),
    "a mounted image that was forced away": Scenario(
        world=(*mounting("beta:1"), Forced(image="mounted"), Loaded(tags=("gamma:1",), layers=("b", "e"))),
        commands=(names("gamma:1"),),
    ),
    "a mounted image that shares layers": Scenario(
        world=(*mounting("beta:1"), Loaded(tags=("gamma:1",), layers=("b", "e"))),
        commands=(by(Form.SHORT_ID, "mounted", force=True), names("gamma:1")),
    ),
    "two mounts of one container": Scenario(
        world=(
            *(RUNNABLE, MOUNTED, Loaded(tags=("gamma:1",), layers=("c",))),
            Contained(image="alpha:1", name="job", mounts=("beta:1", "gamma:1")),
        ),
        commands=(names("gamma:1"), names("alpha:1"), names("beta:1")),
    ),
    "an image that is used and mounted": Scenario(
        world=(RUNNABLE, Contained(image="alpha:1", name="job", mounts=("alpha:1",))),
        commands=(names("alpha:1"), by(Form.SHORT_ID, "alpha:1"), by(Form.SHORT_ID, "alpha:1", force=True)),
    ),
}
