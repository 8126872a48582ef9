package dev.freshet.resp.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.resp.protocol.CommandReader.Read;
import dev.freshet.testkit.fuzz.Fuzz;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client sends, in whatever pieces it arrives, and whatever it claims. */
class CommandReaderTest {

    private static final String PIPELINE = "*2\r\n$3\r\nGET\r\n$6\r\nuser:1\r\n"
            + "\r\n"
            + "*0\r\n"
            + "PING\r\n"
            + "set k \"a b\\x41\\n\" 'it\\'s'\r\n"
            + "*3\r\n$3\r\nset\r\n$2\r\nkö\r\n$0\r\n\r\n".replace("$2", "$3")
            + "*-1\r\n"
            + "*1\r\n$4\r\nQUIT\r\n";

    private static final List<List<String>> COMMANDS = List.of(
            List.of("GET", "user:1"),
            List.of("PING"),
            List.of("set", "k", "a bA\n", "it's"),
            List.of("set", "kö", ""),
            List.of("QUIT"));

    /** What was found in a stream: the commands, and all bytes in the order in which they are passed on. */
    private static final class Found {
        final List<List<String>> commands = new ArrayList<>();
        final ByteArrayOutputStream passedOn = new ByteArrayOutputStream();
        boolean isMalformed;
        int mostHeld;

        void read(CommandReader reader) {
            while (!isMalformed) {
                switch (reader.read()) {
                    case COMMAND -> add(reader.command());
                    case REST -> passedOn.write(reader.bytes(), reader.restFrom(), reader.restTo() - reader.restFrom());
                    case MALFORMED -> {
                        isMalformed = true;
                        reader.takeAll();
                        passedOn.write(reader.bytes(), reader.restFrom(), reader.restTo() - reader.restFrom());
                    }
                    case NOTHING -> {
                        mostHeld = Math.max(mostHeld, reader.heldBytes());
                        return;
                    }
                }
            }
        }

        private void add(Command command) {
            List<String> arguments = new ArrayList<>();
            for (int i = 0; i < command.arguments(); i++) {
                arguments.add(new String(command.copy(i), StandardCharsets.UTF_8));
            }
            commands.add(arguments);
            passedOn.write(command.bytes(), command.from(), command.to() - command.from());
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Found inPiecesOf(byte[] sent, int size) {
        CommandReader reader = new CommandReader();
        Found found = new Found();
        for (int from = 0; from < sent.length; from += size) {
            reader.add(Arrays.copyOfRange(sent, from, Math.min(sent.length, from + size)));
            found.read(reader);
        }
        return found;
    }

    @Test
    void commandsAreFoundHoweverTheyArrive() {
        byte[] sent = bytes(PIPELINE);
        for (int size = 1; size <= sent.length; size++) {
            Found found = inPiecesOf(sent, size);
            assertThat(found.commands).as("pieces of %d bytes", size).isEqualTo(COMMANDS);
            assertThat(found.isMalformed).isFalse();
        }
    }

    @Test
    void aCommandIsPassedOnAsItWasSent() {
        byte[] sent = bytes("*2\r\n$3\r\nGET\r\n$1\r\nk\r\nget  k\n");
        assertThat(inPiecesOf(sent, 5).passedOn.toByteArray()).isEqualTo(sent);
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 1_000, 65_536, 1_000_000})
    void aLargeCommandIsPassedOnWhileItArrives(int size) {
        byte[] sent = bytes("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$300000\r\n" + "v".repeat(300_000) + "\r\n"
                + "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
        Found found = inPiecesOf(sent, size);
        assertThat(found.passedOn.toByteArray()).isEqualTo(sent);
        assertThat(found.commands.get(0).subList(0, 2)).containsExactly("SET", "k");
        assertThat(found.commands.get(found.commands.size() - 1)).containsExactly("GET", "k");
        assertThat(found.mostHeld).isLessThan(CommandReader.MAX_HELD_BYTES);
    }

    @Test
    void manyArgumentsAreALargeCommandToo() {
        StringBuilder command = new StringBuilder("*40001\r\n$3\r\nDEL\r\n");
        for (int i = 0; i < 40_000; i++) {
            command.append("$5\r\n").append(10_000 + i).append("\r\n");
        }
        byte[] sent = bytes(command + "PING\r\n");
        for (int size : new int[] {13, 4_096, sent.length}) {
            Found found = inPiecesOf(sent, size);
            assertThat(found.passedOn.toByteArray()).isEqualTo(sent);
            assertThat(found.commands.get(found.commands.size() - 1)).containsExactly("PING");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*3000000000\r\n",
                "*x\r\n",
                "*01\r\n",
                "*1\r\n+PING\r\n",
                "*1\r\n$-1\r\n",
                "*1\r\n$600000000\r\n",
                "*1\r\n$\r\n",
                "GET \"k\r\n",
                "GET 'k'x\r\n",
                "*99999999999999999999999999999999999\r\n"
            })
    void whatRedisRefusesIsMalformed(String sent) {
        Found found = inPiecesOf(bytes(sent), 3);
        assertThat(found.isMalformed).isTrue();
        assertThat(found.commands).isEmpty();
    }

    @Test
    void aClaimedLengthTakesNoMemory() {
        CommandReader reader = new CommandReader();
        reader.add(bytes("*1000000000\r\n$3\r\nSET\r\n$500000000\r\nv"));
        assertThat(reader.read()).isEqualTo(Read.NOTHING);
        assertThat(reader.heldBytes()).isLessThan(50);
    }

    @ParameterizedTest
    @CsvSource({"*11", "'*1\r\n$20000'"})
    void aStrangerMaySendLittle(String sent) {
        CommandReader reader = new CommandReader();
        reader.ofStranger(true);
        reader.add(bytes(sent + "\r\n"));
        assertThat(reader.read()).isEqualTo(Read.MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"*11\r\n", "*2\r\n$3\r\nGET\r\n$16385\r\n"})
    void whoTurnsOutToBeAStrangerMaySendLittle(String sent) {
        CommandReader reader = new CommandReader();
        reader.add(sent.getBytes(StandardCharsets.ISO_8859_1));
        assertThat(reader.read()).isEqualTo(Read.NOTHING);
        reader.ofStranger(true);
        assertThat(reader.read()).isEqualTo(Read.MALFORMED);
    }

    @Test
    void anyBytesAreEitherCommandsOrMalformedAndNoneIsLost() {
        byte[] valid =
                bytes(PIPELINE.replace("*0\r\n", "").replace("*-1\r\n", "").replace("\r\n\r\nPING", "\r\nPING"));
        for (int seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            byte[] sent = valid.clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                sent[random.nextInt(sent.length)] = random.nextBoolean()
                        ? (byte) random.nextInt(256)
                        : (byte) "*$\r\n0123456789\"' ".charAt(random.nextInt(17));
            }
            Found whole = inPiecesOf(sent, sent.length);
            Found pieces = inPiecesOf(sent, 1 + random.nextInt(20));
            assertThat(pieces.commands).as("seed %d", seed).isEqualTo(whole.commands);
            assertThat(pieces.isMalformed).as("seed %d", seed).isEqualTo(whole.isMalformed);
        }
    }

    /** Whatever a client claims, and in whatever pieces, memory follows the bytes that it sent. */
    @Test
    void memoryFollowsWhatWasSent() {
        for (int seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            StringBuilder claims = new StringBuilder();
            for (int i = random.nextInt(8); i >= 0; i--) {
                claims.append(random.nextBoolean() ? '*' : '$')
                        .append(random.nextLong() >>> (1 + random.nextInt(62)))
                        .append("\r\n");
            }
            byte[] sent = bytes(claims.toString());
            CommandReader reader = new CommandReader();
            Found found = new Found();
            long allocated = Fuzz.allocatedBytes(() -> {
                for (byte one : sent) {
                    reader.add(new byte[] {one});
                    found.read(reader);
                }
            });
            assertThat(allocated).as("seed %d: %s", seed, claims).isLessThan(64 * 1024 + 500L * sent.length);
        }
    }

    private static CommandReader reading(String... commands) {
        CommandReader reader = new CommandReader();
        reader.add(bytes(String.join("", commands)));
        return reader;
    }

    private static Command next(CommandReader reader) {
        assertThat(reader.read()).isEqualTo(Read.COMMAND);
        return reader.command();
    }

    private static String command(String... arguments) {
        StringBuilder command = new StringBuilder("*" + arguments.length + "\r\n");
        for (String argument : arguments) {
            command.append("$" + argument.length() + "\r\n" + argument + "\r\n");
        }
        return command.toString();
    }

    /** Names are remembered: one that comes again must not be taken for another of its length, its case or its beginning. */
    @Test
    void eachCommandHasItsOwnNameInUpperCase() {
        List<String> sent = new ArrayList<>();
        List<String> names =
                List.of("GET", "get", "GeT", "SET", "DEL", "GETRANGE", "getrange", "GETEX", "O", "W", "g", "G");
        Random random = new Random(7);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            String name = names.get(random.nextInt(names.size()));
            sent.add(random.nextBoolean() ? command(name, "k") : name + " k\r\n");
            expected.add(name.toUpperCase(Locale.ROOT));
        }
        CommandReader reader = reading(sent.toArray(String[]::new));
        List<String> found = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            found.add(next(reader).name());
        }
        assertThat(found).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "x\n", "x\u0001"})
    void whatIsNoWordIsNoName(String name) {
        CommandReader reader = reading(command("GET", "k"), command(name, "k"), command("x".repeat(65), "k"));
        assertThat(next(reader).name()).isEqualTo("GET");
        assertThat(next(reader).name()).isEmpty();
        assertThat(next(reader).name()).isEmpty();
    }

    @Test
    void aDetachedCommandStaysGoodWhileOthersAreRead() {
        String[] many = new String[200];
        Arrays.setAll(many, i -> "argument" + i);
        CommandReader reader = reading(
                command("GET", "one"), command("SET", "a much longer key", "v"), command(many), command("GET", "k"));
        Command first = next(reader).detached();
        Command second = next(reader).detached();
        Command third = next(reader).detached();
        next(reader);
        reader.add(bytes(command("DEL", "something else again")));
        next(reader);

        assertThat(first.utf8(1)).isEqualTo("one");
        assertThat(second.utf8(1)).isEqualTo("a much longer key");
        assertThat(second.utf8(2)).isEqualTo("v");
        assertThat(third.arguments()).isEqualTo(200);
        assertThat(third.utf8(199)).isEqualTo("argument199");
    }
}
