package dev.freshet.cli;

import dev.freshet.bus.BusException;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.admin.RedisRights;
import dev.freshet.bus.admin.RedisRights.Role;
import dev.freshet.schema.Syntax;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints the command that gives a user of Redis the rights of a role, and no others. Connects to nothing. */
@Command(
        name = "acl",
        description = {
            "Print the command for Redis that gives a user the rights that a publisher, a subscriber or the doctor needs,",
            "and no others. It connects to nothing: --redis and --config only say which namespace, database and kind of server."
        },
        sortOptions = false,
        footer = {"", "Exit codes: 0 printed, 2 wrong command line."})
final class AclCommand extends RedisCommand {

    private static final List<String> RESP_COMMANDS = List.of("HGET", "HMGET", "HGETALL", "SISMEMBER", "TOUCH");

    @Parameters(
            index = "0",
            paramLabel = "ROLE",
            description = "publisher, subscriber or doctor (all that this command line does).")
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private String role;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "REGION",
            description = "The only regions that the user may touch (default: all of the namespace).")
    private List<String> regions = new ArrayList<>();

    @Option(names = "--user", paramLabel = "NAME", description = "The user's name (default: freshet-ROLE).")
    private @Nullable String user;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description =
                    "Its password; only the hash of it is printed (default: the user cannot log in until it gets one).")
    private @Nullable Path passwordFile;

    @Option(names = "--tier", description = "Some of the regions keep values in Redis (redis-tier).")
    private boolean tier;

    @Option(
            names = "--sources",
            description = "The publisher has sources that keep in Redis how far they have read (mariadb, postgresql).")
    private boolean sources;

    @Option(names = "--tracking", description = "The publisher has sources of kind redis-tracking in this Redis.")
    private boolean tracking;

    @Option(
            names = "--channel",
            paramLabel = "PATTERN",
            description =
                    "A channel of applications that a redis-channel source listens to or relays to, with a star for each"
                            + " name in braces; may be repeated.")
    private List<String> channels = new ArrayList<>();

    @Option(
            names = "--resp",
            paramLabel = "PATTERN",
            description =
                    "Keys that the subscriber's RESP port copies, as a rule's pattern; may be repeated. Its clients log in"
                            + " as the same user: add the rights for what they do. Needs Redis 7.")
    private List<String> respKeys = new ArrayList<>();

    @Option(
            names = "--resp-command",
            paramLabel = "COMMAND",
            description = "One of the rules' commands (HGET, HMGET, HGETALL, SISMEMBER), or TOUCH; may be repeated.")
    private List<String> respCommands = new ArrayList<>();

    @Option(names = "--sentinel", description = "For the sentinels, instead of the servers that they watch.")
    private boolean sentinel;

    @Option(names = "--acl-file", description = "Print a line for Redis's aclfile, instead of a command.")
    private boolean aclFile;

    @Override
    public Integer call() {
        Role of = checkCommandLine();
        RedisConfig config = redis.config();
        List<String> words = new ArrayList<>();
        words.addAll(aclFile ? List.of("user") : List.of("ACL", "SETUSER"));
        words.add(user == null ? "freshet-" + role : user);
        words.addAll(aclFile ? List.of("on") : List.of("reset", "on"));
        if (passwordFile != null) {
            words.add(passwordRule(passwordFile));
        }
        words.addAll(
                sentinel
                        ? RedisRights.rulesOnSentinels()
                        : RedisRights.of(of, config)
                                .withRegions(regions)
                                .withTier(tier)
                                .withSources(sources)
                                .withTracking(tracking)
                                .withChannels(channels)
                                .withResp(new RedisRights.Resp(respKeys, respCommands, false))
                                .rules());
        out().println(String.join(" ", words));
        if (passwordFile == null) {
            err().println(
                            "without --password-file nobody can log in as this user yet; with it the password's hash is added");
        }
        return ExitCode.OK;
    }

    private String passwordRule(Path file) {
        try {
            return RedisRights.passwordRule(file);
        } catch (BusException e) {
            throw wrong("--password-file: " + e.getMessage());
        }
    }

    private Role checkCommandLine() {
        List<String> faults = new ArrayList<>();
        Role of = Roles.named(role);
        if (of == null) {
            faults.add("ROLE " + Roles.FAULT + ", not \"" + role + "\"");
        }
        regions.forEach(region -> Syntax.faultInRegion(region).ifPresent(fault -> faults.add("REGION " + fault)));
        if (user != null && !user.matches("[!-~&&[^'\"\\\\]]{1,128}")) {
            faults.add("--user must be 1 to 128 visible characters of ASCII, without quotes and backslashes");
        }
        if (sources && of == Role.SUBSCRIBER) {
            faults.add("--sources is for a publisher: a subscriber has none");
        }
        if ((tracking || !channels.isEmpty()) && of == Role.SUBSCRIBER) {
            faults.add("--tracking and --channel are for a publisher: a subscriber has no sources");
        }
        if (of == Role.PUBLISHER && !(respKeys.isEmpty() && respCommands.isEmpty())) {
            faults.add("--resp and --resp-command are for a subscriber: a publisher has no RESP port");
        }
        respKeys.stream()
                .filter(pattern -> !pattern.matches("[!-~&&[^'\"\\\\?\\[\\]{}]]{1,512}"))
                .forEach(pattern -> faults.add("--resp must be literal text, and * for any characters, as in user:*"));
        respCommands.stream()
                .filter(command -> !RESP_COMMANDS.contains(command.toUpperCase(Locale.ROOT)))
                .forEach(command -> faults.add("--resp-command must be one of " + String.join(", ", RESP_COMMANDS)
                        + ", not \"" + command + "\""));
        channels.stream()
                .filter(channel -> !channel.matches("[!-~&&[^'\"\\\\]]{1,512}"))
                .forEach(channel -> faults.add(
                        "--channel must be 1 to 512 visible characters of ASCII, without quotes and backslashes"));
        if (of == null || !faults.isEmpty()) {
            throw wrong(String.join("\n", faults));
        }
        return of;
    }
}
