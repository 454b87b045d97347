"""Names that look like IDs: of the image that they name, of another, or of none."""

from collections.abc import Mapping

from tests.contract.making import Built, Contained, Loaded, Tagged
from tests.contract.scenarios.scenario import Scenario, by, names
from tests.contract.words import Form

OTHER = Loaded(tags=("beta:1",), layers=("b",), label="other")


def own(digits: int, *more: str, tag: str = "latest") -> Loaded:
    """Return an image that is called like the beginning of its own ID, and more."""
    return Loaded(tags=(f"{{one:.{digits}}}:{tag}", *more), label="one")


def others(digits: int, tag: str = "latest") -> tuple[Loaded, Loaded]:
    """Return an image that is called like the beginning of another's ID, and that other one."""
    return OTHER, Loaded(tags=(f"{{other:.{digits}}}:{tag}",), label="one")


SCENARIOS: Mapping[str, Scenario] = {
    **{
        f"a name of {digits} digits of its own ID": Scenario(
            world=(own(digits),), commands=(names(f"{{one:.{digits}}}"),)
        )
        for digits in (1, 3, 4, 12, 63)
    },
    **{
        f"a name of {digits} digits of its own ID, and another name": Scenario(
            world=(own(digits, "alpha:1"),),
            commands=(names(f"{{one:.{digits}}}"), names(f"{{one:.{digits}}}:latest"), names(f"{{one:.{digits}}}")),
        )
        for digits in (1, 4, 12)
    },
    **{
        f"a name of {digits} digits of another's ID": Scenario(
            world=others(digits),
            commands=(names(f"{{other:.{digits}}}"), names(f"{{other:.{digits}}}:latest"), names("beta:1")),
        )
        for digits in (1, 3, 4, 12, 63)
    },
    **{
        f"a name of {digits} digits of another's ID, but not latest": Scenario(
            world=others(digits, tag="1"),
            commands=(names(f"{{other:.{digits}}}"), names(f"{{other:.{digits}}}:1"), names("beta:1")),
        )
        for digits in (1, 3, 4, 12, 63)
    },
    "a name of its own ID with the algorithm": Scenario(
        world=(Loaded(tags=("sha256:{one:.6}",), label="one"),), commands=(names("sha256:{one:.6}"),)
    ),
    "a name of another's ID with the algorithm": Scenario(
        world=(OTHER, Loaded(tags=("sha256:{other:.6}", "alpha:1"), label="one")),
        commands=(
            names("sha256:{other:.6}"),
            names("docker.io/library/sha256:{other:.6}"),
            names("sha256:{other:.6}"),
        ),
    ),
    "a name that is how every ID begins": Scenario(
        world=(Loaded(tags=("s:latest", "sha:latest", "sha2:latest"), label="one"), OTHER),
        commands=(names("s"), names("sha:latest"), names("sha2", "s", "sha25"), names("sha", force=True), names("s")),
    ),
    "sha256 is a name": Scenario(
        world=(Loaded(tags=("sha256:latest", "sha256:abcd"), label="one"), OTHER),
        commands=(names("sha256"), names("sha256:abcd"), names("sha256:latest"), names("sha256")),
    ),
    "a name that reads like the beginning of another's ID": Scenario(
        world=(Loaded(tags=("alpha:1",)), Loaded(tags=("sha256:abcd", "sha:latest"), layers=("z",))),
        commands=(names("sha256:abcd"), names("sha")),
    ),
    "a name that is how its ID begins, and a container": Scenario(
        world=(own(6), Contained(image="one", name="job")),
        commands=(
            names("{one:.6}"),
            names("{one:.6}:latest"),
            names("{one:.6}", force=True),
            by(Form.FULL_ID, "one", force=True),
        ),
    ),
    "a name that is how its ID begins, and a child": Scenario(
        world=(own(6), Built(base="one", lines=("LABEL x=1",), tag="chi:1")),
        commands=(names("{one:.6}"), names("chi:1"), names("{one:.6}")),
    ),
    "digits that begin two IDs, and a name": Scenario(
        world=(
            OTHER,
            Loaded(tags=("alpha:1",), layers=("c",), label="like", like="other"),
            Loaded(tags=("{other:.4}:latest",), label="one"),
        ),
        commands=(names("{other:.4}"), names("{other:.4}:latest"), names("{other:.4}")),
    ),
    "digits that begin two IDs, one of them so named": Scenario(
        world=(
            Loaded(tags=("{one:.4}:latest",), label="one"),
            Loaded(tags=("alpha:1",), layers=("c",), label="like", like="one"),
        ),
        commands=(names("{one:.4}"), names("alpha:1"), names("{one:.4}")),
    ),
    "a name that a tag makes ambiguous": Scenario(
        world=(OTHER, Loaded(tags=("alpha:1",), label="one"), Tagged(image="one", name="{other:.12}:latest")),
        commands=(by(Form.SHORT_ID, "other"), by(Form.FULL_ID, "other"), by(Form.SHORT_ID, "other")),
    ),
}
