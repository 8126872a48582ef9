package dev.freshet.publisher.console;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How the fleet is, in one sentence. Immutable.
 *
 * @param level how bad it is
 * @param sentence what is so
 * @param advice what to do, a sentence each; empty if nothing is to be done
 */
record Verdict(Level level, String sentence, List<String> advice) {

    /** How bad it is. */
    enum Level {
        /** Everything is confirmed. */
        GREEN,
        /** Nothing is known to be served stale, but somebody should look. */
        AMBER,
        /** Entries may be served stale, or nothing is known. */
        RED
    }

    /** Members that are named in a sentence. */
    private static final int MAX_NAMED = 3;

    Verdict {
        advice = List.copyOf(advice);
    }

    /**
     * Judges the fleet.
     *
     * @param redisFault why Redis cannot be asked; null if it can
     * @param sourceFaults why sources cannot read or publish, by their names
     */
    static Verdict of(
            Collection<RegionSnapshot> regions, @Nullable String redisFault, Map<String, String> sourceFaults) {
        if (redisFault != null) {
            return new Verdict(
                    Level.RED,
                    "Redis cannot be asked, so nothing is known: " + redisFault,
                    List.of(
                            "Run ./freshet doctor. Replicas go on by themselves when Redis answers again, and replay what they"
                                    + " missed."));
        }
        Map<String, Replica> replicas = new TreeMap<>();
        for (RegionSnapshot region : regions) {
            for (MemberSnapshot member : region.members()) {
                replicas.computeIfAbsent(
                                member.row().id(),
                                id -> new Replica(member.row().name()))
                        .add(member);
            }
        }
        if (replicas.isEmpty()) {
            return new Verdict(
                    Level.AMBER,
                    "No replica follows a region.",
                    List.of("Start a subscriber, or look with ./freshet members whether it uses the same Redis and"
                            + " redis.namespace."));
        }
        return of(replicas.values(), sourceFaults);
    }

    private static Verdict of(Collection<Replica> replicas, Map<String, String> sourceFaults) {
        Level level = Level.GREEN;
        List<String> advice = new ArrayList<>();
        List<String> silent = names(replicas, replica -> replica.isSilent);
        List<String> stale = names(replicas, replica -> replica.servesUnconfirmed);
        List<String> late =
                names(replicas, replica -> !replica.isSilent && !replica.servesUnconfirmed && replica.isLate);
        List<String> broken = names(replicas, replica -> replica.acceptsUnleased);
        if (!silent.isEmpty()) {
            level = Level.AMBER;
            advice.add(
                    said(silent) + " gave no sign of life in time: killed, frozen or cut off. If it lives, it marks its"
                            + " answers as unconfirmed or bypasses its cache, and replays what it missed once it is back.");
        }
        if (!late.isEmpty()) {
            level = Level.AMBER;
            advice.add(said(late) + " has no recent proof. Look at its log and at its way to Redis.");
        }
        if (!broken.isEmpty()) {
            level = Level.AMBER;
            advice.add(said(broken)
                    + " accepts stores without a lease: set unleased-stores: refuse, unless it is a warm-up.");
        }
        if (!sourceFaults.isEmpty()) {
            level = Level.AMBER;
            sourceFaults.forEach((name, why) -> advice.add("Source " + name + ": " + why + "."));
        }
        if (!stale.isEmpty()) {
            level = Level.RED;
            advice.add(
                    0,
                    said(stale) + " serves entries that may be stale (unconfirmed.policy: serve). Look at its way to"
                            + " Redis.");
        }
        long confirmed = replicas.stream().filter(Replica::isConfirmed).count();
        if (confirmed == 0) {
            level = Level.RED;
        }
        long oldestMicros = replicas.stream()
                .filter(Replica::isConfirmed)
                .mapToLong(replica -> replica.oldestProofMicros)
                .max()
                .orElse(-1);
        String sentence = confirmed + " of " + replicas.size() + " replicas confirmed"
                + (oldestMicros < 0 ? "" : String.format(Locale.ROOT, "; oldest proof %.1f s ago", oldestMicros / 1e6))
                + (silent.isEmpty() ? "" : "; silent: " + String.join(", ", silent))
                + (stale.isEmpty() ? "" : "; may be stale: " + String.join(", ", stale))
                + (sourceFaults.isEmpty() ? "" : "; sources that fail: " + String.join(", ", sourceFaults.keySet()))
                + ".";
        return new Verdict(level, sentence, advice);
    }

    private interface Which {
        boolean is(Replica replica);
    }

    private static List<String> names(Collection<Replica> replicas, Which which) {
        List<String> names = replicas.stream()
                .filter(which::is)
                .map(replica -> replica.name)
                .sorted()
                .toList();
        if (names.size() <= MAX_NAMED) {
            return names;
        }
        List<String> some = new ArrayList<>(names.subList(0, MAX_NAMED));
        some.add((names.size() - MAX_NAMED) + " more");
        return some;
    }

    private static String said(List<String> names) {
        return String.join(", ", names);
    }

    /** A member over all of its regions. */
    private static final class Replica {
        final String name;
        boolean isSilent;
        boolean isLate;
        boolean servesUnconfirmed;
        boolean acceptsUnleased;
        long oldestProofMicros;

        Replica(String name) {
            this.name = name;
        }

        void add(MemberSnapshot member) {
            isSilent |= !member.isLive();
            isLate |= !member.isConfirmed();
            servesUnconfirmed |= member.servesUnconfirmed();
            acceptsUnleased |= member.words().getOrDefault("broken", "").contains("nothing_comes_back");
            oldestProofMicros = Math.max(oldestProofMicros, member.confirmedAgeMicros());
        }

        boolean isConfirmed() {
            return !isSilent && !isLate && !servesUnconfirmed;
        }
    }

    JsonObject toJson() {
        return new JsonObject()
                .put("level", level.name().toLowerCase(Locale.ROOT))
                .put("sentence", sentence)
                .put("advice", new JsonArray(new ArrayList<>(advice)));
    }
}
