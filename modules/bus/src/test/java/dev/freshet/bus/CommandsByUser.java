package dev.freshet.bus;

import dev.freshet.testkit.RedisServer;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Listens to a server, and tells which commands each user ran, also inside scripts. */
final class CommandsByUser implements AutoCloseable {

    /** {@code 1700000000.123456 [0 127.0.0.1:5555] "HSET" "key"}; commands of a script follow it, with {@code lua} for an address. */
    private static final Pattern LINE =
            Pattern.compile("\\+[0-9.]+ \\[\\d+ (\\S+)] \"([^\"]+)\"(?: \"([^\"]*)\")?.*", Pattern.DOTALL);

    private static final Pattern CLIENT = Pattern.compile("(?m)^.*\\baddr=(\\S+) .*\\buser=(\\S+).*$");
    private static final String END = "end-of-commands";

    private final RedisServer server;
    private final RedisSession session;
    private final Map<String, String> users = new HashMap<>();

    CommandsByUser(RedisServer server) {
        this.server = server;
        this.session = new RedisSession(server);
        session.call("MONITOR");
    }

    /** Notes whose the connections are that are open now. To be called while a user's connections are. */
    void look() {
        Matcher client = CLIENT.matcher(server.execute("CLIENT", "LIST"));
        while (client.find()) {
            users.put(client.group(1), client.group(2));
        }
    }

    /** Returns the commands that each user ran until now, in lower case. To be called once. */
    Map<String, Set<String>> end() {
        look();
        server.execute("ECHO", END);
        Map<String, Set<String>> commands = new HashMap<>();
        String user = "";
        for (String line = session.next(); !line.contains(END); line = session.next()) {
            Matcher match = LINE.matcher(line);
            if (match.matches()) {
                String address = match.group(1);
                user = address.equals("lua") ? user : users.getOrDefault(address, "");
                commands.computeIfAbsent(user, first -> new TreeSet<>()).add(named(match));
            }
        }
        return commands;
    }

    private static String named(Matcher match) {
        String command = match.group(2).toLowerCase(Locale.ROOT);
        return command.equals("client")
                ? command + "|" + String.valueOf(match.group(3)).toLowerCase(Locale.ROOT)
                : command;
    }

    @Override
    public void close() {
        session.close();
    }
}
