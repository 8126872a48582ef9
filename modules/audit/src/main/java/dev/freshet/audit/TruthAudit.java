package dev.freshet.audit;

import dev.freshet.bus.AuditQuery;
import dev.freshet.bus.AuditedEntry;
import dev.freshet.bus.MemberAudit;
import dev.freshet.bus.Publisher;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Compares entries that members hold with the truth. A difference alone is no fault: the change may be on its way. So the same member
 * is asked for the same key again later. Only an entry that still differs, and was stored before the difference was seen, is one that
 * no invalidation reached. Belongs to one thread, which {@code own} runs.
 */
final class TruthAudit {

    private static final long SAMPLE_MICROS = 1_000_000;
    private static final int ENTRIES_PER_MEMBER = 4;
    private static final int MAX_SUSPECTS = 1_000;

    private final Publisher publisher;
    private final AuditConfig config;
    private final AuditListener listener;
    private final Executor own;
    private final Executor truthThread;
    private final DueQueue<Suspect> due;
    private final Map<String, Long> sampledMicros = new HashMap<>();
    private int open;

    /** @param hash of the value that differed, see {@link AuditedEntry#valueHash} */
    private record Suspect(String region, String key, String memberId, String hash) {}

    /** One entry of one member. */
    private record Seen(MemberAudit member, AuditedEntry entry) {
        String hash() {
            return String.valueOf(entry.valueHash());
        }
    }

    TruthAudit(Publisher publisher, AuditConfig config, AuditListener listener, Executor own, Executor truthThread) {
        this.publisher = publisher;
        this.config = config;
        this.listener = listener;
        this.own = own;
        this.truthThread = truthThread;
        this.due = new DueQueue<>(config.after(), MAX_SUSPECTS);
        config.truths().keySet().forEach(listener::begun);
    }

    /** Does what is due, and waits for nothing. One question is open at a time. */
    void step(long nowMicros, boolean mayBegin) {
        if (open > 0) {
            return;
        }
        DueQueue.Due<Suspect> suspect = due.poll(nowMicros);
        if (suspect != null) {
            askAgain(suspect);
            return;
        }
        if (mayBegin) {
            for (String region : config.truths().keySet()) {
                if (nowMicros - sampledMicros.getOrDefault(region, Long.MIN_VALUE / 2) >= SAMPLE_MICROS) {
                    sampledMicros.put(region, nowMicros);
                    sample(region, nowMicros);
                    return;
                }
            }
        }
    }

    boolean isIdle() {
        return open == 0 && due.size() == 0;
    }

    private void sample(String region, long nowMicros) {
        ask(region, Selector.all(), ENTRIES_PER_MEMBER, answers -> {
            List<Seen> comparable = new ArrayList<>();
            int not = 0;
            for (MemberAudit member : answers) {
                for (AuditedEntry entry : entriesOf(member)) {
                    if (entry.valueHash() == null) {
                        not++;
                    } else {
                        comparable.add(new Seen(member, entry));
                    }
                }
            }
            compare(region, comparable, not, nowMicros);
        });
    }

    private static List<AuditedEntry> entriesOf(MemberAudit member) {
        return member.held() == null ? List.of() : member.held().entries();
    }

    private void compare(String region, List<Seen> comparable, int notComparable, long nowMicros) {
        readTruth(
                region,
                comparable.stream().map(seen -> seen.entry().key()).distinct().toList(),
                truth -> {
                    int compared = 0;
                    int not = notComparable;
                    for (Seen seen : comparable) {
                        String its = truth.get(seen.entry().key());
                        if (its == null) {
                            not++;
                            continue;
                        }
                        compared++;
                        if (!its.equals(seen.hash())
                                && !due.add(
                                        new Suspect(
                                                region,
                                                seen.entry().key(),
                                                seen.member().id(),
                                                seen.hash()),
                                        nowMicros)) {
                            listener.skipped(region, 1);
                        }
                    }
                    if (compared > 0) {
                        listener.compared(region, compared);
                    }
                    if (not > 0) {
                        listener.notCompared(region, not);
                    }
                });
    }

    private void askAgain(DueQueue.Due<Suspect> suspect) {
        Suspect what = suspect.what();
        ask(what.region(), Selector.keys(what.key()), 1, answers -> {
            Seen still = still(suspect, answers);
            if (still != null) {
                readTruth(what.region(), List.of(what.key()), truth -> {
                    String its = truth.get(what.key());
                    if (its == null || !its.equals(what.hash())) {
                        if (its != null) {
                            found(suspect, still);
                        }
                        due.addNext(suspect);
                    }
                });
            }
        });
    }

    /** Returns the entry if it is the one that differed; an evicted one that was loaded anew is another. */
    private static @Nullable Seen still(DueQueue.Due<Suspect> suspect, List<MemberAudit> answers) {
        for (MemberAudit member : answers) {
            for (AuditedEntry entry : entriesOf(member)) {
                if (member.id().equals(suspect.what().memberId())
                        && entry.storedAtMicros() < suspect.sinceMicros()
                        && suspect.what().hash().equals(entry.valueHash())) {
                    return new Seen(member, entry);
                }
            }
        }
        return null;
    }

    private void found(DueQueue.Due<Suspect> suspect, Seen still) {
        Duration after = due.after(suspect);
        listener.found(new AuditFinding(
                AuditFinding.Kind.WRONG,
                suspect.what().region(),
                List.of(suspect.what().key()),
                null,
                "",
                null,
                still.member().id(),
                still.member().name(),
                still.member().position(),
                after,
                publisher.time().nowMicros() - suspect.sinceMicros(),
                still.entry().confirmedAtMicros() <= suspect.sinceMicros()));
    }

    // ---- questions

    private interface Then<T> {
        void with(T answer);
    }

    private void ask(String region, Selector selector, int limit, Then<List<MemberAudit>> then) {
        open++;
        Answers.of(
                () -> publisher.audit(
                        region, new AuditQuery(List.of(selector), Long.MAX_VALUE, limit, true), config.answerTimeout()),
                own,
                answers -> {
                    open--;
                    then.with(answers);
                },
                why -> {
                    open--;
                    listener.failed(region, why);
                });
    }

    /** Reads the truth, and passes on the hash of each key's value; empty: the source has none. What it does not cover is missing. */
    private void readTruth(String region, List<String> keys, Then<Map<String, String>> then) {
        Truth truth = config.truths().get(region);
        if (truth == null || keys.isEmpty()) {
            then.with(Map.of());
            return;
        }
        open++;
        Answers.of(
                () -> CompletableFuture.supplyAsync(() -> read(truth, keys), truthThread),
                own,
                hashes -> {
                    open--;
                    then.with(hashes);
                },
                why -> {
                    open--;
                    listener.failed(region, "the truth cannot be read: " + why);
                });
    }

    private static Map<String, String> read(Truth truth, List<String> keys) {
        Map<String, String> hashes = new LinkedHashMap<>();
        for (String key : keys) {
            try {
                Truth.Answer answer = truth.read(key);
                byte[] bytes = answer.bytes();
                if (answer.covered()) {
                    hashes.put(key, bytes == null ? "" : AuditFinding.sha256(bytes));
                }
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new TruthException(String.valueOf(e.getMessage()), e);
            }
        }
        return hashes;
    }
}
