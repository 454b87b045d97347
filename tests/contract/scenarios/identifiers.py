"""Removals by ID, in full and in part."""

from collections.abc import Mapping

from tests.contract.making import Loaded
from tests.contract.scenarios.scenario import ONE, Scenario, by, names
from tests.contract.words import Form

ALIKE = (
    Loaded(tags=("alpha:1",), label="one"),
    Loaded(tags=("beta:1",), layers=("b",), label="other", like="one", digits=5),
)
LENGTHS = (*range(1, 9), 11, 12, 13, 32, 63, 64)

SCENARIOS: Mapping[str, Scenario] = {
    "by full ID": Scenario(world=ONE, commands=(by(Form.FULL_ID, "alpha:1"),)),
    "by bare hexadecimal ID": Scenario(world=ONE, commands=(by(Form.HEX_ID, "alpha:1"),)),
    "by short ID": Scenario(world=ONE, commands=(by(Form.SHORT_ID, "alpha:1"),)),
    "by short ID with its algorithm": Scenario(
        world=ONE, commands=(by(Form.SHORT_ID_WITH_ALGORITHM, "alpha:1", digits=8),)
    ),
    "by so many digits, of what the names keep": Scenario(
        world=(Loaded(tags=("alpha:1", "alpha:2"), label="one"),),
        commands=tuple(
            by(form, "one", digits=digits)
            for digits in LENGTHS
            for form in (Form.SHORT_ID, Form.SHORT_ID_WITH_ALGORITHM)
        ),
    ),
    "by one digit": Scenario(world=ONE, commands=(by(Form.SHORT_ID, "alpha:1", digits=1),)),
    "by three digits": Scenario(world=ONE, commands=(by(Form.SHORT_ID, "alpha:1", digits=3),)),
    "by four digits": Scenario(world=ONE, commands=(by(Form.SHORT_ID_WITH_ALGORITHM, "alpha:1", digits=4),)),
    "an ID in capitals": Scenario(
        world=ONE, commands=(by(Form.UPPER_ID, "alpha:1"), by(Form.UPPER_ID, "alpha:1", digits=64, force=True))
    ),
    "the same ID twice": Scenario(
        world=ONE, commands=(by(Form.SHORT_ID, "alpha:1", "alpha:1"), by(Form.SHORT_ID, "alpha:1", force=True))
    ),
    "the same ID twice, with force": Scenario(
        world=(Loaded(tags=("alpha:1", "beta:1")),), commands=(by(Form.FULL_ID, "alpha:1", "alpha:1", force=True),)
    ),
    "digits that two IDs begin with": Scenario(
        world=ALIKE,
        commands=(
            by(Form.SHORT_ID, "one", digits=3),
            by(Form.SHORT_ID, "one", digits=4, force=True),
            by(Form.SHORT_ID_WITH_ALGORITHM, "one", digits=5),
            by(Form.SHORT_ID, "other", digits=20),
            by(Form.SHORT_ID, "one", digits=4),
        ),
    ),
    "digits that two IDs began with until one went": Scenario(
        world=ALIKE, commands=(names("{one:.5}", "alpha:1", "{other:.5}"),)
    ),
    "an ID that nothing has": Scenario(
        world=ONE, commands=(names("f" * 64, "sha256:" + "f" * 64, "ffff", "sha256:ffff", "sha512:" + "a" * 128),)
    ),
}
