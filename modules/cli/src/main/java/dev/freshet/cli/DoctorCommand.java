package dev.freshet.cli;

import dev.freshet.bus.BusException;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.admin.Neighbours;
import dev.freshet.bus.admin.RedisInspection;
import dev.freshet.bus.admin.RedisRights;
import dev.freshet.bus.admin.RedisRights.Role;
import dev.freshet.cli.connection.PublisherAccess;
import dev.freshet.cli.doctor.Canary;
import dev.freshet.cli.doctor.FeedChecks;
import dev.freshet.cli.doctor.Finding;
import dev.freshet.cli.doctor.Finding.Level;
import dev.freshet.cli.doctor.KeyspaceChecks;
import dev.freshet.cli.doctor.NeighbourChecks;
import dev.freshet.cli.doctor.RespChecks;
import dev.freshet.cli.doctor.RightsChecks;
import dev.freshet.cli.doctor.ServerChecks;
import dev.freshet.cli.doctor.ServerFacts;
import dev.freshet.schema.Syntax;
import dev.freshet.service.config.Configuration;
import dev.freshet.service.config.ConfigurationException;
import dev.freshet.service.config.ConfigurationFault;
import dev.freshet.service.config.Settings;
import dev.freshet.service.log.Secrets;
import dev.freshet.service.rights.Exposure;
import dev.freshet.sources.SourceConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Checks a live deployment from the outside: first the servers' settings, then the way from publish to evict. */
@Command(
        name = "doctor",
        description =
                "Check Redis and its settings, who may use the ports of --config or --publisher, whether the sources"
                        + " of --config hear Redis, whether its RESP port works, then test publish to evict on every live member.",
        sortOptions = false,
        footer = {
            "",
            "Exit codes: 0 no fault, 1 some fault (each is a sentence, with what to do), 2 wrong command line."
        })
final class DoctorCommand extends RedisCommand {

    /** The region to look up if there is none; on a single server every name leads to that server. */
    private static final String ANY_REGION = "freshet";

    /** How long it listens: for messages that do not belong here, and to what each source hears. */
    private static final Duration LISTENING = Duration.ofSeconds(1);

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @Option(
            names = "--region",
            paramLabel = "REGION",
            description = "Publish the canary in this region only; may be repeated (default: all regions).")
    private List<String> regions = new ArrayList<>();

    @Option(
            names = "--as",
            paramLabel = "ROLE",
            description =
                    "Which role the user has that --redis or --config names: publisher or subscriber, whose rights suffice"
                            + " then, and what needs others is left out; or doctor (default).")
    private String roleName = "doctor";

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    private Role role = Role.DOCTOR;

    @Mixin
    private PublisherOptions publisher = new PublisherOptions();

    private final List<Finding> findings = new ArrayList<>();
    private List<Canary.Time> times = List.of();

    @Override
    public Integer call() {
        for (String region : regions) {
            Syntax.faultInRegion(region).ifPresent(fault -> {
                throw wrong("--region " + fault);
            });
        }
        Role named = Roles.named(roleName);
        if (named == null) {
            throw wrong("--as " + Roles.FAULT + ", not \"" + roleName + "\"");
        }
        role = named;
        PrintWriter out = out();
        RedisConfig config = patient(redis.config());
        Path configFile = redis.configFile();
        List<SourceConfig> sources = configFile == null ? List.of() : ConfiguredSources.read(configFile, this::wrong);
        PublisherAccess access = publisher.access();
        findings.addAll(RightsChecks.judge(configFile == null ? null : readSome(configFile, Exposure::read)));
        examine(config);
        if (configFile != null) {
            readSome(configFile, RespChecks::read).ifPresent(ports -> findings.addAll(RespChecks.judge(ports)));
        }
        if (access != null) {
            findings.addAll(RightsChecks.judge(access));
        }
        findings.addAll(KeyspaceChecks.judge(sources, config));
        findings.addAll(FeedChecks.judge(sources, config, LISTENING));
        if (json) {
            out.println(Json.line(asMap(config)));
        } else {
            print(out);
        }
        return countFaults() == 0 ? ExitCode.OK : ExitCode.FAILED;
    }

    private <T> T readSome(Path configFile, Function<Settings, T> reader) {
        try {
            return new Configuration(configFile, "from --config", System.getenv(), List.of(), List.of())
                    .readSome(reader);
        } catch (ConfigurationException e) {
            throw wrong(e.faults().stream().map(ConfigurationFault::toString).collect(Collectors.joining("\n")));
        }
    }

    /** It makes one attempt, in a process that has just begun, whose first TLS handshake alone may take longer than a connection. */
    private static RedisConfig patient(RedisConfig config) {
        return config.withTimeouts(longer(config.connectTimeout()), longer(config.commandTimeout()));
    }

    private static Duration longer(Duration timeout) {
        return timeout.compareTo(PATIENCE) < 0 ? PATIENCE : timeout;
    }

    private void examine(RedisConfig config) {
        RedisInspection.unreachable(config)
                .forEach(server -> findings.add(new Finding(
                        Level.FAULT,
                        "reachable",
                        "cannot connect to " + Secrets.mask(server),
                        "check that it runs, that the address is right, and that no firewall is in between")));
        try (Publisher publisher = Publisher.connect(
                PublisherConfig.of(config.uri()).withRedis(config).withName("freshet-doctor"))) {
            List<String> known = regions.isEmpty() ? knownRegions(publisher) : regions;
            inspectServers(config, known.isEmpty() ? List.of(ANY_REGION) : known);
            if (known.isEmpty()) {
                findings.add(new Finding(
                        Level.NOTE, "canary", "there is no region yet: nobody has published or subscribed", null));
            }
            if (role != Role.DOCTOR) {
                findings.add(new Finding(
                        Level.NOTE,
                        "canary",
                        "with the rights of a " + roleName + " the way from publish to evict cannot be tested",
                        "run doctor once as a user with the rights of ./freshet acl doctor"));
                return;
            }
            checkNeighbours(publisher, config, known);
            Canary canary = new Canary(publisher);
            known.forEach(region -> canary.send(region, !regions.isEmpty()));
            findings.addAll(canary.findings());
            times = canary.times();
        } catch (BusException e) {
            // If no server could be reached, there is a finding already.
            if (countFaults() == 0) {
                findings.add(new Finding(
                        Level.FAULT,
                        "reachable",
                        Secrets.mask(String.valueOf(e.getMessage())),
                        "check the address and the credentials"));
            }
        }
    }

    private void checkNeighbours(Publisher publisher, RedisConfig config, List<String> known) {
        Neighbours neighbours = Neighbours.observe(config, known.isEmpty() ? List.of(ANY_REGION) : known, LISTENING);
        Map<String, Integer> members = new HashMap<>();
        for (String region : known) {
            try {
                members.put(region, publisher.region(region).join().members().size());
            } catch (CompletionException e) {
                if (!(e.getCause() instanceof BusException)) {
                    throw e;
                }
                members.put(region, Integer.MAX_VALUE); // not known; the check of rights says why
            }
        }
        findings.addAll(NeighbourChecks.judge(neighbours, members));
    }

    private static List<String> knownRegions(Publisher publisher) {
        try {
            return publisher.regions().join();
        } catch (CompletionException e) {
            // The inspection gives a better reason, since it tries each command by itself.
            if (e.getCause() instanceof BusException) {
                return List.of();
            }
            throw e;
        }
    }

    /** Inspects each server once. In a cluster the regions are on several servers. */
    private void inspectServers(RedisConfig config, List<String> known) {
        Set<String> seen = new HashSet<>();
        Set<String> addressesWithTier = new HashSet<>();
        for (String region : known) {
            try (RedisInspection inspection = RedisInspection.connect(config, region)) {
                if (inspection.hasTier()) {
                    addressesWithTier.add(inspection.address());
                }
            }
        }
        for (String region : known) {
            try (RedisInspection inspection = RedisInspection.connect(config, region)) {
                if (seen.add(inspection.address())) {
                    boolean hasTier = addressesWithTier.contains(inspection.address());
                    findings.addAll(
                            ServerChecks.judge(ServerFacts.of(inspection, RedisRights.of(role, config), hasTier)));
                }
                inspection
                        .expiringKeys()
                        .forEach(key -> findings.add(new Finding(
                                Level.FAULT,
                                "expiry",
                                key + " has a time to live; when it expires, the region resets",
                                "PERSIST " + key + ", and find out who set the time to live")));
            }
        }
    }

    private long countFaults() {
        return Findings.faults(findings);
    }

    private void print(PrintWriter out) {
        Findings.print(out, findings);
        for (Canary.Time time : times) {
            out.println("       " + time.region() + " on " + time.member() + ": "
                    + (time.applied()
                            ? "evicted " + (time.atMost() ? "at most " : "") + Times.micros(time.micros())
                                    + " after it was logged"
                            : "not evicted"));
        }
        out.println(Findings.count(findings));
    }

    private Map<String, Object> asMap(RedisConfig config) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("redis", config.toString());
        answer.put("faults", countFaults());
        answer.put("findings", findings.stream().map(Findings::asMap).toList());
        answer.put("canary", times.stream().map(DoctorCommand::asMap).toList());
        return answer;
    }

    private static Map<String, Object> asMap(Canary.Time time) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("region", time.region());
        map.put("member", time.member());
        map.put("applied", time.applied());
        map.put("micros", time.applied() ? time.micros() : null);
        map.put("atMost", time.atMost());
        return map;
    }
}
