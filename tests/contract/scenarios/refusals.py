"""Words that mean nothing, and what is said of each; and the exit code."""

from collections.abc import Mapping

from tests.contract.making import Loaded
from tests.contract.scenarios.scenario import ONE, Scenario, names
from tests.contract.words import Command

BETA = Loaded(tags=("beta:1",), layers=("z",))
TWO = Loaded(tags=("gamma:1", "gamma:2"), label="two")


def alone(*words: str, force: bool = False) -> tuple[Command, ...]:
    """Return a command for each word."""
    return tuple(names(word, force=force) for word in words)


SCENARIOS: Mapping[str, Scenario] = {
    "names that are not there": Scenario(
        world=ONE,
        commands=(names("nosuch:1", "nosuch", "alpha", "deadbeef0123", "a" * 64), names("nosuch", force=True)),
    ),
    "words that are no names": Scenario(
        world=ONE,
        commands=(names("UPPER", "UPPER:1", "alpha:", "alpha:1:2", "<none>", "alpha@sha256:abc", "x" * 256),),
    ),
    "invalid: the format": Scenario(
        world=ONE,
        commands=(
            names("alpha:", "a:1:2", "<none>:<none>", "-alpha", "al..pha", "alpha_:1", "a b", "alpha:1 ", "älpha"),
            names("alpha:" + "t" * 129, "sha256:", "a%62", "a?b=c", "alpha@", "@", ":1", "alpha@sha256:abc"),
        ),
    ),
    "invalid: capitals": Scenario(
        world=ONE, commands=(names("UPPER", "UPPER:1", "m/Upper", "alpha/B/c:1", "Älpha", "localhost:5000/Q:1"),)
    ),
    "capitals and brackets in what may be a registry": Scenario(
        world=ONE, commands=(names("Registry/alpha", "M/x:1", "Registry/al..pha", "[::1]:5000/alpha"),)
    ),
    "invalid: the length": Scenario(world=ONE, commands=(names("x" * 256, "a/" * 127 + "b" * 4),)),
    "the longest names": Scenario(
        world=ONE, commands=(names("x" * 255), names("x" * 240), names("m/" + "x" * 253), names("x" * 237, "x" * 238))
    ),
    "invalid: the digest": Scenario(
        world=ONE,
        commands=(
            names("alpha@md5:" + "a" * 32, "alpha@sha512:" + "a" * 64, "alpha@sha256:" + "a" * 63),
            names("alpha@sha256:" + "A" * 64, "alpha:1@sha256:" + "g" * 64),
        ),
    ),
    "digests of other algorithms": Scenario(
        world=ONE, commands=(names("sha512:" + "a" * 128, "sha384:" + "a" * 96, "alpha@sha512:" + "a" * 128),)
    ),
    "hexadecimal digits that are no ID": Scenario(
        world=ONE, commands=(names("f" * 63, "f" * 65, "F" * 64, "f" * 64 + ":1", "library/" + "f" * 64),)
    ),
    "nothing at all": Scenario(world=ONE, commands=(names(""), names(" "), names("", "alpha:1", force=True))),
    "one of several words fails, the others go on": Scenario(
        world=(*ONE, BETA), commands=(names("alpha:1", "nosuch:1", "UPPER", "beta:1"),)
    ),
    "force with nothing but what is not found": Scenario(
        world=ONE, commands=(names("nosuch", "nosuch:1", "f" * 64, "abcdef", force=True),)
    ),
    "force with something that is found, too": Scenario(
        world=ONE, commands=(names("nosuch", "alpha:1", "alpha:1", force=True),)
    ),
    "force with an invalid word": Scenario(world=ONE, commands=(names("nosuch", "UPPER", force=True),)),
    "not found and a conflict": Scenario(
        world=(*ONE, TWO), commands=(names("nosuch", "{two:.12}", "alpha:1"), names("nosuch", "{two:.12}", force=True))
    ),
    "a word again and again": Scenario(
        world=(*ONE, TWO), commands=(names("{two:.12}", "{two:.12}", "alpha:1", "alpha:1"), *alone("alpha:1"))
    ),
}
