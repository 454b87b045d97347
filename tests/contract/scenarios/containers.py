"""Containers of an image, in every state that can be made."""

from collections.abc import Mapping

from bot.images.inventory import ContainerState
from tests.contract.making import Contained, Forced, Loaded, Tagged
from tests.contract.scenarios.scenario import RUNNABLE, RUNNING, STOPPED, Scenario, by, names
from tests.contract.words import Form

TWO_NAMES = Tagged(image="alpha:1", name="beta:1")


def used(*states: ContainerState) -> tuple[Loaded | Contained, ...]:
    """Return an image with a container in each of these states."""
    containers = (
        Contained(image="alpha:1", name=f"{state}-{number}", state=state) for number, state in enumerate(states)
    )
    return (RUNNABLE, *containers)


SCENARIOS: Mapping[str, Scenario] = {
    "a stopped container": Scenario(
        world=STOPPED, commands=(names("alpha:1"), by(Form.SHORT_ID, "alpha:1"), names("alpha:1", force=True))
    ),
    "a stopped container, by ID with force": Scenario(
        world=STOPPED, commands=(by(Form.SHORT_ID, "alpha:1", force=True),)
    ),
    "a running container": Scenario(
        world=RUNNING,
        commands=(
            names("alpha:1"),
            by(Form.SHORT_ID, "alpha:1"),
            by(Form.FULL_ID, "alpha:1", force=True),
            names("alpha:1", force=True),
            by(Form.FULL_ID, "alpha:1", force=True),
        ),
    ),
    **{
        f"a container that is {state}": Scenario(
            world=used(state),
            commands=(
                names("alpha:1"),
                by(Form.SHORT_ID, "alpha:1"),
                names("alpha:1", force=True),
                by(Form.SHORT_ID, "alpha:1"),
                by(Form.SHORT_ID, "alpha:1", force=True),
            ),
        )
        for state in (ContainerState.EXITED, ContainerState.PAUSED, ContainerState.RESTARTING)
    },
    "a stopped container and a running one": Scenario(
        world=used(ContainerState.CREATED, ContainerState.RUNNING, ContainerState.EXITED),
        commands=(names("alpha:1"), by(Form.SHORT_ID, "alpha:1"), by(Form.SHORT_ID, "alpha:1", force=True)),
    ),
    "several stopped containers": Scenario(
        world=used(ContainerState.CREATED, ContainerState.CREATED, ContainerState.EXITED),
        commands=(names("alpha:1"), by(Form.SHORT_ID, "alpha:1"), by(Form.SHORT_ID, "alpha:1", force=True)),
    ),
    "another tag stays, so a container does not matter": Scenario(
        world=(*STOPPED, TWO_NAMES), commands=(names("alpha:1"), names("beta:1"), by(Form.SHORT_ID, "alpha:1"))
    ),
    "two names in one command, and a stopped container": Scenario(
        world=(*STOPPED, TWO_NAMES), commands=(names("alpha:1", "beta:1"), names("beta:1", force=True))
    ),
    "two tags and a stopped container, by ID": Scenario(
        world=(*STOPPED, TWO_NAMES), commands=(by(Form.SHORT_ID, "alpha:1"), by(Form.SHORT_ID, "alpha:1", force=True))
    ),
    "two tags and a running container, by ID": Scenario(
        world=(*RUNNING, TWO_NAMES), commands=(by(Form.SHORT_ID, "alpha:1"), by(Form.SHORT_ID, "alpha:1", force=True))
    ),
    "a container of an image without a name": Scenario(
        world=(Loaded(label="nameless"), Contained(image="nameless", name="job")),
        commands=(
            by(Form.SHORT_ID, "nameless"),
            by(Form.HIDDEN, "nameless"),
            by(Form.SHORT_ID, "nameless", force=True),
        ),
    ),
    "a container whose image lost its name": Scenario(
        world=(*STOPPED, Loaded(tags=("alpha:1",), layers=("b",), label="new")),
        commands=(names("alpha:1"), by(Form.SHORT_ID, "alpha:1"), by(Form.SHORT_ID, "alpha:1", force=True)),
    ),
    "a container whose image is gone does not matter": Scenario(
        world=(*STOPPED, Forced(image="alpha:1"), Loaded(tags=("alpha:1",), layers=("b",), label="new")),
        commands=(names("alpha:1"),),
    ),
}
