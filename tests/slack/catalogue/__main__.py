"""Write the golden messages anew."""

from tests.slack.catalogue.golden import write

write()
