"""Images that others were built on by the classic builder."""

from collections.abc import Mapping

from tests.contract.making import Built, Committed, Contained, Kept, Loaded, Pushed, Tagged
from tests.contract.scenarios.scenario import RUNNABLE, Scenario, by, names
from tests.contract.words import Form

BASE = Loaded(tags=("par:1",), layers=("a", "b"))
CHILD = (BASE, Built(base="par:1", lines=("LABEL x=1", "COPY file /x", "LABEL y=1"), tag="chi:1"))
MIDDLE = (
    BASE,
    Built(base="par:1", lines=("LABEL x=1", "COPY file /x"), tag="mid:1"),
    Built(base="par:1", lines=("LABEL x=1", "COPY file /x", "ENV a=b"), tag="chi:1"),
)
TWINS = (
    BASE,
    Built(base="par:1", lines=("ENV a=b", "LABEL x=1"), tag="one:1"),
    Built(base="par:1", lines=("ENV a=b", "COPY file /y"), tag="two:1"),
)
NAMELESS = (
    Loaded(label="nameless", layers=("a",)),
    Built(base="nameless", lines=("COPY file /x",), tag="chi:1"),
    Built(base="chi:1", lines=("COPY file /y",), tag="top:1"),
)

COMMITTED = (RUNNABLE, Contained(image="alpha:1", name="job"), Committed(container="job", tag="com:1"))

SCENARIOS: Mapping[str, Scenario] = {
    "a parent with a child is only untagged": Scenario(world=CHILD, commands=(names("par:1"), names("chi:1"))),
    "a parent with a child refuses its ID": Scenario(
        world=CHILD, commands=(by(Form.SHORT_ID, "par:1"), by(Form.FULL_ID, "par:1", force=True), names("chi:1"))
    ),
    "a parent with a child, by name with force": Scenario(
        world=CHILD, commands=(names("par:1", force=True), by(Form.SHORT_ID, "par:1"), names("chi:1"))
    ),
    "parents are pruned up to the first that is named": Scenario(world=CHILD, commands=(names("chi:1", "par:1"),)),
    "parents go by the child's ID too": Scenario(world=CHILD, commands=(by(Form.SHORT_ID, "chi:1"), names("par:1"))),
    "without pruning the parent is left without a name": Scenario(
        world=CHILD, commands=(names("par:1"), names("chi:1", prune=False), by(Form.SHORT_ID, "par:1"))
    ),
    "a parent that lost its name in between": Scenario(
        world=MIDDLE, commands=(names("mid:1"), by(Form.SHORT_ID, "mid:1"), names("chi:1"), names("par:1"))
    ),
    "the middle by ID with force": Scenario(
        world=MIDDLE, commands=(by(Form.SHORT_ID, "mid:1", force=True), names("chi:1"), names("par:1"))
    ),
    "from the top, word by word": Scenario(world=MIDDLE, commands=(names("chi:1", "mid:1", "par:1"),)),
    "from the base, word by word": Scenario(world=MIDDLE, commands=(names("par:1", "mid:1", "chi:1"),)),
    "from the base by ID": Scenario(
        world=MIDDLE, commands=(by(Form.FULL_ID, "par:1", "mid:1", "chi:1"), by(Form.FULL_ID, "par:1", force=True))
    ),
    "two children share an untagged parent": Scenario(
        world=TWINS, commands=(names("one:1"), names("par:1"), names("two:1"))
    ),
    "two children share an untagged parent, and the base is nameless": Scenario(
        world=TWINS, commands=(names("par:1"), names("one:1"), names("two:1"))
    ),
    "a child with two names leaves its parents": Scenario(
        world=(*CHILD, Tagged(image="chi:1", name="chi:2")),
        commands=(names("par:1"), by(Form.SHORT_ID, "chi:1", force=True), by(Form.SHORT_ID, "par:1")),
    ),
    "a base without a name": Scenario(
        world=NAMELESS, commands=(names("chi:1"), by(Form.SHORT_ID, "nameless"), names("top:1"))
    ),
    "a base without a name goes with the last child": Scenario(world=NAMELESS, commands=(names("top:1", "chi:1"),)),
    "a child that was pushed": Scenario(
        world=(*CHILD, Pushed(image="chi:1", name="t/al:1")),
        commands=(names("par:1"), names("chi:1"), by(Form.SHORT_ID, "chi:1")),
    ),
    "a base that was pulled by its digest": Scenario(
        world=(*CHILD, Pushed(image="par:1", name="t/al:1", kept=Kept.DIGEST)),
        commands=(names("par:1"), by(Form.DIGEST, "par:1"), names("chi:1")),
    ),
    "the name of a parent moved to its child": Scenario(
        world=(*CHILD, Tagged(image="chi:1", name="par:1")),
        commands=(by(Form.SHORT_ID, "par:1"), names("par:1"), names("chi:1")),
    ),
    "parents are pruned up to the first that a container uses": Scenario(
        world=(
            RUNNABLE,
            Built(base="alpha:1", lines=("COPY file /x",), tag="mid:1"),
            Built(base="mid:1", lines=("COPY file /y",), tag="top:1"),
            Contained(image="mid:1", name="job"),
        ),
        commands=(names("mid:1", force=True), names("top:1"), names("alpha:1")),
    ),
    "a commit of a container": Scenario(
        world=COMMITTED, commands=(names("alpha:1"), names("com:1"), names("com:1", "alpha:1", force=True))
    ),
    "a commit of a container, the base by ID": Scenario(
        world=COMMITTED, commands=(by(Form.SHORT_ID, "alpha:1", force=True), names("com:1"), names("alpha:1"))
    ),
    "a base that a container uses": Scenario(
        world=(
            *(RUNNABLE, Built(base="alpha:1", lines=("COPY file /x",), tag="mid:1")),
            Contained(image="alpha:1", name="job"),
        ),
        commands=(
            names("alpha:1"),
            by(Form.SHORT_ID, "alpha:1", force=True),
            names("alpha:1", force=True),
            names("mid:1"),
        ),
    ),
}
