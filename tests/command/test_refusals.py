"""What is no command is refused in sentences that say what is wrong and what can be typed."""

import pytest

from bot.command.grammar import NotUnderstood, parse
from bot.command.words import LIMIT


def refusal(text: str) -> NotUnderstood:
    """Return the refusal of *text*."""
    parsed = parse(text)
    assert isinstance(parsed, NotUnderstood), parsed
    return parsed


@pytest.mark.parametrize(
    "word",
    [
        "../containers/x",
        "..",
        "/containers/x",
        "x/../y",
        "x//y",
        "'a b'",
        "redis?force=1",
        "'redis?force=1'",
        "'redis#x'",
        "redis%2f..",
        "redis:",
        "redis@",
        "redis@sha256:abcd",
        "redis:7:8",
        "'redis\\'",
        "''",
        "-- -x",
        "-",
        "Redis",
        "ghcr.io/Org/app",
        "https://ghcr.io/org/app",
        "sha256:" + "g" * 129,
        "@prod",
        "#1042",
        "caf\u00e9",
        "\u0440edis",  # a Cyrillic letter
        "'$(ls)'",
        "'`ls`'",
        "'x;y'",
        "ci/*",
        "'ci/*'",
        "<@U012ABCDEF>",
    ],
)
def test_hostile_words_are_no_images(word: str) -> None:
    """A word that is neither an ID nor a reference never passes, and the refusal says so."""
    assert "is not an image name" in refusal(f"rm {word}").message
    assert "is not an image name" in refusal(f"rm redis {word}").message
    assert "is not an image name" in refusal(f"why {word}").message


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("rm ../containers/x", "`../containers/x` is not an image name.", "An image is named redis, redis:7.2,"),
        ("rm Redis", "`Redis` is not an image name. Did you mean `redis`?", "An image is named"),
        (
            "rm https://ghcr.io/Org/app,",
            "`https://ghcr.io/Org/app,` is not an image name. Did you mean `ghcr.io/org/app`?",
            "An image",
        ),
        (
            "rm ci/*",
            "`ci/*` is not an image name: only ls takes patterns.",
            "For all that match: /img rm $(ls -q 'ci/*')",
        ),
        ("rm --dry-run", "`rm` needs at least one image.", "For example: /img rm redis:7.2"),
        ("rm -f --no-prune", "`rm` needs at least one image.", "For example: /img rm redis:7.2"),
        ("rm --forse redis", "I don't know `--forse`. Did you mean `--force`?", "rm knows -f, --force, --no-prune,"),
        ("rm --hosts=x redis", "I don't know `--hosts`. Did you mean `--host`?", "rm knows"),
        ("rm -fx redis", "I don't know `-x`.", "rm knows"),
        ("rm -q redis", "I don't know `-q`.", "rm knows"),
        ("ls --digest", "I don't know `--digest`. Did you mean `--digests`?", "ls knows -a, --all,"),
        ("history --since x", "I don't know `--since`.", "history has no options."),
        ("rm redis -m", "`-m` needs a value: TEXT.", "For example: -m 'OPS-123 disk full'"),
        ("rm redis -H ''", "`-H` needs a value: HOST.", "For example: -H web-3"),
        ("ls --filter", "`--filter` needs a value: KEY=VALUE.", "For example: -f dangling=true"),
        ("rm --force=maybe redis", "`--force` is on or off: it takes true, false or nothing, not `maybe`.", ""),
        ("rm redis -m $(ls -q)", "`$(ls -q)` stands for images, and `-m` takes TEXT.", "For example: -m"),
        ("rm redis -m why?", "`why?` is a pattern, and `-m` takes none.", "If it is meant as it stands, put it in"),
        ("rm --platform linux/amd64 redis", "--platform takes one platform out of an image, which I can't do.", ""),
        ("rm --platform=linux/amd64 redis", "--platform takes one platform out of an image, which I can't do.", ""),
        ("ls --format '{{.ID}}'", "I have one format, so --format is not to be had.", ""),
        ("ls --tree", "I print no tree, so --tree is not to be had.", ""),
        ("ls a b", "`ls` goes like this: `ls [OPTION…] [REPOSITORY[:TAG]]`.", "For example: /img ls redis"),
        ("ls -f dangling", "A filter is KEY=VALUE, and `dangling` is not.", "Filters are reference, dangling,"),
        ("ls -f danglin=true", "I don't know the filter `danglin`. Did you mean `dangling`?", "Filters are"),
        ("ls -f dangling=maybe", "dangling is true or false, not `maybe`.", "For example: -f dangling=true"),
        ("ls $(ls -q)", "`$(ls -q)` stands for images, and only rm takes them so.", "For example: /img rm $(ls -q)"),
        ("rm $(ls redis)", "`$(ls redis)` would give a table, and rm needs IDs.", "Add -q"),
        ("rm $(ls -q -H web-3)", "-H names the host of the whole command.", "Put it before $( )"),
        ("rm $(ls -q a b)", "`ls` goes like this", "For example"),
        ("rm $(ls -q --al)", "I don't know `--al`. Did you mean `--all`?", "ls knows"),
        ("rm $(ls --help)", "Inside $( ) I understand only ls -q, so `$(ls --help)` means nothing to me.", "For"),
        ("rm $(curl x)", "Inside $( ) I understand only ls -q, so `$(curl x)` means nothing to me.", "For example"),
        ("rm $(rm redis)", "Inside $( ) I understand only ls -q", "For example: /img rm $(ls -q redis)."),
        ("rm $()", "Inside $( ) I understand only ls -q", "For example"),
        ("rm `redis`", "Inside $( ) I understand only ls -q", "For example"),
        ("$(ls -q redis)", "Say what to do with `$(ls -q redis)`.", "For example: /img rm $(ls -q redis)"),
        ("show", "`show` goes like this: `show REQUEST`.", "For example: /img show 1042"),
        ("show 1 2", "`show` goes like this: `show REQUEST`.", "For example: /img show 1042"),
        ("show 0", "`0` is not the number of a request.", "For example: /img show 1042"),
        ("cancel -1", "I don't know `-1`.", "cancel has no options."),
        ("cancel \u0661", "`\u0661` is not the number of a request.", "For example: /img cancel 1042"),
        ("cancel " + "9" * 19, "`" + "9" * 19 + "` is not the number of a request.", "For example"),
        ("why", "`why` goes like this: `why [OPTION…] IMAGE`.", "For example: /img why redis:7.2"),
        ("hosts web", "`hosts` goes like this: `hosts`.", "For example: /img hosts"),
        ("history a*", "I don't run shell commands: `a*` means nothing to me.", "If it belongs to a text"),
        ("stats weak", "`weak` is no period. Did you mean `week`?", "Periods are day, week, month, year."),
        (
            "help pendng",
            "There is no help on `pendng`. Did you mean `help pending`?",
            "I know rm, ls",
        ),
        (
            "rm *redis*",
            "`*redis*` is not an image name: only ls takes patterns. Did you mean `redis`?",
            "For all that match: /img rm $(ls -q '*redis*')",
        ),
        ("rm _redis_", "`_redis_` is not an image name. Did you mean `redis`?", "An image is named"),
        (
            "rm https://hub.docker.com/_/redis",
            "`https://hub.docker.com/_/redis` is not an image name. Did you mean `redis`?",
            "An image is named",
        ),
        (
            "help foo",
            "There is no help on `foo`.",
            "I know rm, ls, history, mine, pending, show, cancel, why, restore, hosts, stats, verify, help.",
        ),
        (
            "lst",
            "I don't know `lst`. Did you mean `ls`?",
            "I know rm, ls, history, mine, pending, show, cancel, why, restore, hosts, stats, verify, help.",
        ),
        ("remove redis", "I don't know `remove`. Did you mean `rm`?", "I know rm"),
        ("sudo rm redis", "I don't know `sudo`.", "I know rm"),
        ("''", "I don't know `''`.", "I know rm"),
        ("docker", "I don't know `docker`.", "I know rm"),
        ("docker ps", "I don't know `docker ps`.", "I know rm"),
        ("docker imags", "I don't know `docker imags`. Did you mean `docker images`?", "I know rm"),
        ("docker image rn redis", "I don't know `docker image`. Did you mean `docker image rm`?", "I know rm"),
        ("docker rm cache-1", "I remove images, never containers. For an image: /img rm IMAGE", ""),
        ("docker image prune -a", "I prune nothing wholesale. For images without a name: /img rm $(ls -q -f", ""),
        ("rm redis\nrm nginx", "That is more than one command.", "Send one command at a time, on one line."),
        ("rm redis\n\n/img ls nginx", "That is more than one command.", "Send one command at a time"),
        ("```rm redis\ndocker image ls nginx```", "That is more than one command.", "Send one command at a time"),
        ("rm redis; ls", "I don't run shell commands: `;` means nothing to me.", "Send one command at a time."),
        ("rm redis &amp;&amp; ls", "I don't run shell commands: `&&` means nothing to me.", "Send one"),
        ("docker images -q | xargs docker rmi", "I don't run shell commands: `|` means", "To remove what a list finds"),
    ],
)
def test_sentences(text: str, message: str, hint: str) -> None:
    """Each mistake has its sentence, and what to type instead."""
    refused = refusal(text)
    assert refused.message.startswith(message)
    assert refused.hint.startswith(hint)


def test_a_text_that_is_too_long_is_refused() -> None:
    """The limit holds for what is typed, and for the command printed again."""
    names = " ".join(["redis"] * (LIMIT // 6))
    assert refusal(f"rm {names}").message.startswith("That is too long")
    printed_longer = f'rm redis -m "{chr(39) * (LIMIT // 2)}"'
    assert len(printed_longer) < LIMIT
    assert refusal(printed_longer).message.startswith("That is too long")


def test_a_sentence_quotes_little_and_keeps_its_quotation() -> None:
    """A long word is cut, and a backquote in it cannot end the quotation."""
    assert refusal("rm '" + "x`" * 200 + "'").message == "`" + "x\u02bc" * 29 + "x…` is not an image name."


@pytest.mark.parametrize(
    "text", ["rm\u00a0x;ls", "`rm x|sh`", "rm \u201cx", "rm &amp;", "rm $(ls -q &amp;&amp; reboot)"]
)
def test_damage_does_not_hide_an_operator(text: str) -> None:
    """What Slack's text hides from a first look is refused after it is undone."""
    assert refusal(text).message
