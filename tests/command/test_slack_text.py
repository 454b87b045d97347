"""What Slack does to a text is undone."""

import pytest

from bot.command.grammar import Remove, parse
from bot.command.words import Word, clean, quote, split


@pytest.mark.parametrize(
    ("delivered", "typed"),
    [
        ("rm redis &amp;&amp; ls", "rm redis && ls"),
        ("rm &lt;x&gt;", "rm <x>"),
        ("rm &amp;lt;", "rm &lt;"),
        ("rm &amp;amp;amp;", "rm &amp;amp;"),
        ("rm &quot;x&#39;", "rm &quot;x&#39;"),
        ("rm <http://ghcr.io|ghcr.io>/org/app:1.2", "rm ghcr.io/org/app:1.2"),
        ("rm <http://ghcr.io/org/app:1.2|ghcr.io/org/app:1.2>", "rm ghcr.io/org/app:1.2"),
        ("rm <http://localhost:5000/redis|localhost:5000/redis>", "rm localhost:5000/redis"),
        ("rm <mailto:redis@example.com|redis@example.com>", "rm redis@example.com"),
        ("show <tel:1042|1042>", "show 1042"),
        ("rm -m '<https://tracker/1>'", "rm -m 'https://tracker/1'"),
        ("rm -m '<https://tracker/1|https://tracker/1>'", "rm -m 'https://tracker/1'"),
        ("rm <http://evil.example|ghcr.io/org/app>", "rm <http://evil.example|ghcr.io/org/app>"),
        ("history <@U012ABCDEF|dev>", "history @U012ABCDEF"),
        ("history <@W012ABCDEF>", "history @W012ABCDEF"),
        ("history <#C123|general>", "history #general"),
        ("history <#C123>", "history #C123"),
        ("rm -m \u201cdisk full\u201d", 'rm -m "disk full"'),
        ("rm -m \u2018disk full\u2019", "rm -m 'disk full'"),
        ("rm \u2014force redis", "rm --force redis"),
        ("rm \u2013force redis", "rm --force redis"),
        ("rm \u2013f redis", "rm -f redis"),
        ("rm \u2212f redis", "rm -f redis"),
        ("rm \u2013-force redis", "rm --force redis"),
        ("rm -\u2013force redis", "rm --force redis"),
        ("rm \u2014-force redis", "rm --force redis"),
        ("rm \u2013\u2013force redis", "rm --force redis"),
        ("rm -\u2013 redis", "rm -- redis"),
        ("rm redis \u2013\u2013\u2013x", "rm redis \u2013\u2013\u2013x"),
        ("rm redis\u20117", "rm redis-7"),
        ("rm \u2014 redis", "rm -- redis"),
        ("rm -m 'a\u2014b'", "rm -m 'a\u2014b'"),
        ("rm\u00a0redis\u202fnginx\u2003node\u3000", "rm redis nginx node"),
        ("rm re\u200bdis\ufeff\u2060", "rm redis"),
        ("rm \u202eredis\u2066", "rm redis"),
        ("rm red\x00is\x1b", "rm redis"),
        ("rm redis\nnginx\r\nnode\tbusybox", "rm redis nginx  node busybox"),
        ("rm redis \\\n  nginx", "rm redis   nginx"),
        ("`rm redis`", "rm redis"),
        ("```rm redis```", "rm redis"),
        ("```\nrm `ls -q redis`\n```", "rm `ls -q redis`"),
        ("rm `ls -q redis`", "rm `ls -q redis`"),
        ("`rm` redis `ls`", "`rm` redis `ls`"),
        ("*rm redis*", "rm redis"),
        ("_rm redis_", "rm redis"),
        ("~rm redis~", "rm redis"),
        ("ls *redis*", "ls *redis*"),
        ("/img rm redis", "rm redis"),
        ("`/img /img rm redis`", "rm redis"),
        ("$ docker rmi redis", "docker rmi redis"),
        ("$(ls -q redis)", "$(ls -q redis)"),
        ("/images", "/images"),
        ("`", "`"),
        ("``", ""),
        ("   ", ""),
    ],
)
def test_each_damage_is_undone(delivered: str, typed: str) -> None:
    """Entities, links, mentions, quotes, dashes, spaces, line ends and backquotes around everything."""
    assert clean(delivered) == typed


def test_entities_are_decoded_after_links() -> None:
    """A link that was itself typed with entities is text, and stays what it is."""
    assert clean("&lt;http://ghcr.io|ghcr.io&gt;") == "<http://ghcr.io|ghcr.io>"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "redis:7",
        "ci/*",
        "it's full",
        "a & b &amp; c &lt;",
        "<http://x|x> <@U012|dev> <#C1|x>",
        "disk \u2014 full \u2013now",
        "\u2014force",
        '`$(ls)` \\ "x" \'',
        "# !~{}",
    ],
)
def test_a_quoted_word_survives(text: str) -> None:
    """What is quoted for printing is read back as the same word, whatever Slack's text would make of it."""
    assert split(clean(f"rm {quote(text)}")) == (Word(text="rm"), Word(text=text))


def test_a_pasted_command_with_every_damage_is_understood() -> None:
    """The damages together, as a phone and a pasted code block make them."""
    command = parse(
        "```docker\u00a0image rm \u2014force \u2014because \u201cOPS-123 disk full\u201d <http://ghcr.io/a/b|ghcr.io/a/b>```"
    )
    assert isinstance(command, Remove)
    assert (command.images, command.force, command.reason) == (("ghcr.io/a/b",), True, "OPS-123 disk full")
