package dev.freshet.proofs.resp;

import dev.freshet.proofs.mutation.Mutant;
import dev.freshet.proofs.mutation.Mutation;
import dev.freshet.proofs.mutation.MutationsTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The protections of the RESP port. */
class RespMutationTest extends MutationsTest {

    /** How many seeds may pass before a missing protection is noticed. */
    private static final int MAX_SEEDS = 20_000;

    private static final String NOTICES_SILENCE = "if (time.nanoTime() - provingNanos > rhythm.silence().toNanos()) {";

    private static final String NOTICES_SILENCE_LATE = NOTICES_SILENCE.replace("rhythm", "10 * rhythm");

    @Override
    protected List<Mutation> mutations() {
        return List.of(
                Mutation.of("own writes: what a client changed is not evicted before it is answered")
                        .resp("UpstreamAnswers.java", "port.tracking().evict(changed.copies(), changed.key());", ""),
                Mutation.of("own transactions: what they changed is not evicted")
                        .resp("ConnectionState.java", "changed.addAll(keys);", ""),
                Mutation.of("own flushes: copies stay until Redis tells")
                        .resp("UpstreamAnswers.java", "if (effects.dropsAll()) {", "if (false) {"),
                Mutation.of("barrier: a script is answered before its changes are heard")
                        .resp("UpstreamAnswers.java", "if (effects.needsBarrier()) {", "if (false) {"),
                Mutation.of("barrier of transactions: one with a script is answered before its changes are heard")
                        .resp("ConnectionState.java", "case BARRIER -> needsBarrier = true;", "case BARRIER -> {}"),
                Mutation.of("barrier: a PING that is under way serves whoever comes later")
                        .missedLate()
                        .resp(
                                "Barriers.java",
                                "next.add(new Waiter(context, then));",
                                "if (!sent.isEmpty()) {\n            sent.get(0).add(new Waiter(context, then));\n            return false;\n        }\n        next.add(new Waiter(context, then));"),
                Mutation.of("order: a read is answered here though a write before it is not")
                        .resp("ClientConnection.java", "if (!queue.letsPass() || ", "if ("),
                Mutation.of("fills: a change while Redis is asked does not end them")
                        .resp(
                                "Fills.java",
                                "isKept = fill.copies.store(fill.lease, text.bytes(),",
                                "isKept = fill.copies.store(fill.copies.lease(key), text.bytes(),"),
                Mutation.of("fills: the lease is taken when Redis has answered the first question")
                        .resp("Fills.java", "final Lease lease;", "Lease lease;")
                        .resp(
                                "Fills.java",
                                "link.send(value -> fill.value = value, \"GETRANGE\"",
                                "link.send(value -> {\n            fill.value = value;\n            fill.lease = fill.copies.lease(key);\n        }, \"GETRANGE\""),
                Mutation.of("changes: what Redis tells is not evicted")
                        .resp(
                                "Tracking.java",
                                "if (copies != null) {\n            copies.evict(key);",
                                "if (false) {\n            copies.evict(key);"),
                Mutation.of("changes: that all keys are gone is not heard")
                        .resp(
                                "Tracker.java",
                                "if (parts.get(1) instanceof Reply.Null) {\n            tracking.evictAll();",
                                "if (parts.get(1) instanceof Reply.Null) {"),
                Mutation.of("a lost connection: what was copied before stays")
                        .resp("Tracker.java", "tracking.evictAll();\n        long nanoTime", "long nanoTime"),
                Mutation.of("a lost connection: copies are used though nobody hears Redis")
                        .resp("Tracking.java", "server = null;\n        fault = why;", "fault = why;"),
                Mutation.of("acknowledgement: copies are used before Redis tracks")
                        .resp("Tracker.java", "        to.send(this::must, \"CLIENT\", \"TRACKING\", \"ON\");\n", "")
                        .resp(
                                "Tracker.java",
                                "        askFacts(current);\n        current.send(\n",
                                "        current.send(this::must, \"CLIENT\", \"TRACKING\", \"ON\");\n        askFacts(current);\n        current.send(\n"),
                Mutation.of("confirmation: it dates from the answer's arrival")
                        .missedLate()
                        .resp(
                                "Tracker.java",
                                "isProving = false;\n                    tracking.confirmed(nanoTime, wallMicros);\n                },",
                                "isProving = false;\n                    tracking.confirmed(time.nanoTime(), time.wallMicros());\n                },")
                        .resp("Tracker.java", NOTICES_SILENCE, NOTICES_SILENCE_LATE),
                Mutation.of("confirmation: an old one counts")
                        .missedLate()
                        .resp(
                                "LocalReads.java",
                                "tracking.confirmedAgeNanos() <= copies.boundNanos()",
                                "tracking.confirmedAgeNanos() != Long.MAX_VALUE")
                        .resp("Tracker.java", NOTICES_SILENCE, NOTICES_SILENCE_LATE),
                Mutation.of("exact reads: only the log's proof counts")
                        .resp("ExactRead.java", "Math.max(loggedAgeNanos, trackedAgeNanos)", "loggedAgeNanos"),
                Mutation.of("deadline: it counts from the answer")
                        .missedLate()
                        .resp("Fills.java", "millis.value(), fill.sentNanos);", "millis.value(), time.nanoTime());"),
                Mutation.of("deadline: a copy has none")
                        .resp(
                                "Copies.java",
                                "StoreOptions.none().ttl(Duration.ofNanos(leftNanos))",
                                "StoreOptions.none()"),
                Mutation.of("large values: what Redis cut off is kept")
                        .resp(
                                "Copies.java",
                                "remainingMillis >= NEVER_EXPIRES && value.length <= maximumValueBytes",
                                "remainingMillis >= NEVER_EXPIRES"),
                Mutation.of("other types: an error counts as an absence")
                        .resp(
                                "Fills.java",
                                "link.send(value -> fill.value = value, \"GETRANGE\"",
                                "link.send(value -> fill.value = value instanceof Reply.Text ? value : new Reply.Text(new byte[0]), \"GETRANGE\"")
                        .resp("Copies.java", "remainingMillis == NO_KEY && value.length == 0;", "value.length == 0;"),
                Mutation.of("server of a client: copies of the old master answer clients of the new one")
                        .resp("ClientConnection.java", "!state.isAnsweredBy(server)", "false"),
                Mutation.of("role and history: a server that is no longer the master is believed")
                        .resp("ServerFacts.java", "return role.equals(\"master\") ?", "return true ?")
                        .resp("Tracker.java", "facts != null && !facts.equals(now)", "false")
                        .resp("ClientConnection.java", "!state.isAnsweredBy(server)", "false"),
                Mutation.of("silence: a connection that says nothing is kept")
                        .resp("Tracker.java", NOTICES_SILENCE, "if (false) {"));
    }

    @Override
    protected String breach(Mutation mutation, Path emptyDirectory) throws IOException, ReflectiveOperationException {
        try (Mutant mutant = new Mutant(mutation, emptyDirectory, RespSimulation.class)) {
            return breachOfASeed(mutant, mutation, MAX_SEEDS);
        }
    }
}
