package dev.freshet.audit;

import dev.freshet.bus.LogSample;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.MemberAudit;
import dev.freshet.bus.Publisher;
import dev.freshet.schema.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Picks records from the logs, and asks members some time later whether they hold what these named. Belongs to one thread, which
 * {@code own} runs; futures come back to it.
 */
final class RecordAudit {

    /** Between two looks at the same log. */
    private static final long SAMPLE_MICROS = 500_000;

    /** Between two looks at which regions there are. */
    private static final long REGIONS_MICROS = 10_000_000;

    /** Of one look, so that an audit of everything asks members some dozens of questions a second, and not more. */
    private static final int MAX_RECORDS_PER_SAMPLE = 20;

    private static final int MAX_OPEN_SAMPLES = 4;
    private static final int MAX_PENDING = 10_000;

    /** A member answers eight questions at a time, of all who ask. */
    private static final int MAX_OPEN_QUESTIONS = 4;

    private final Publisher publisher;
    private final AuditConfig config;
    private final AuditListener listener;
    private final Executor own;
    private final Random random;
    private final DueQueue<PickedChange> due;
    private final Map<String, Region> regions = new HashMap<>();
    private long regionsReadMicros;
    private boolean areRegionsRead;
    private boolean isFinishing;
    private int openSamples;
    private int openQuestions;

    /** Where an audit stands in a region's log. */
    private static final class Region {
        private @Nullable Position head;
        private boolean hasBegun;
        private boolean isOpen;
        private boolean hasEnded;
        private long readMicros;
    }

    RecordAudit(Publisher publisher, AuditConfig config, AuditListener listener, Executor own, Random random) {
        this.publisher = publisher;
        this.config = config;
        this.listener = listener;
        this.own = own;
        this.random = random;
        this.due = new DueQueue<>(config.after(), MAX_PENDING);
        config.regions().forEach(this::begin);
    }

    /** Does what is due, and waits for nothing. */
    void step(long nowMicros) {
        if (config.sample() > 0) {
            if (config.regions().isEmpty() && !isFinishing) {
                readRegions(nowMicros);
            }
            regions.forEach((name, region) -> sample(name, region, nowMicros));
        }
        while (openQuestions < MAX_OPEN_QUESTIONS) {
            DueQueue.Due<PickedChange> next = due.poll(nowMicros);
            if (next == null) {
                break;
            }
            ask(next);
        }
    }

    /** Looks at each log once more, and picks nothing after that. */
    void finish() {
        isFinishing = true;
    }

    /** Whether nothing is left to be asked, and no answer is awaited. */
    boolean isIdle() {
        return due.size() == 0
                && openQuestions == 0
                && openSamples == 0
                && (config.sample() == 0 || regions.values().stream().allMatch(region -> region.hasEnded));
    }

    int pending() {
        return due.size();
    }

    private void begin(String region) {
        if (regions.putIfAbsent(region, new Region()) == null) {
            listener.begun(region);
        }
    }

    private void readRegions(long nowMicros) {
        if (areRegionsRead && nowMicros - regionsReadMicros < REGIONS_MICROS) {
            return;
        }
        areRegionsRead = true;
        regionsReadMicros = nowMicros;
        Answers.of(
                publisher::regions,
                own,
                names -> {
                    regions.keySet().retainAll(new HashSet<>(names));
                    names.forEach(this::begin);
                },
                why -> {
                    areRegionsRead = false;
                    listener.failed("", why);
                });
    }

    private void sample(String name, Region region, long nowMicros) {
        boolean isLast = isFinishing;
        if (region.isOpen
                || region.hasEnded
                || openSamples >= MAX_OPEN_SAMPLES
                || (region.hasBegun && !isLast && nowMicros - region.readMicros < SAMPLE_MICROS)) {
            return;
        }
        region.isOpen = true;
        region.readMicros = nowMicros;
        openSamples++;
        // A log that begins after the audit is read from its beginning.
        Position from = region.hasBegun && region.head == null ? new Position(0, 0) : region.head;
        Answers.of(
                () -> publisher.sample(name, from, config.sample(), MAX_RECORDS_PER_SAMPLE),
                own,
                sample -> {
                    openSamples--;
                    region.isOpen = false;
                    region.hasBegun = true;
                    region.hasEnded = isLast;
                    region.head = sample.head();
                    pick(name, sample);
                },
                why -> {
                    openSamples--;
                    region.isOpen = false;
                    region.hasEnded = isLast;
                    listener.failed(name, why);
                });
    }

    private void pick(String region, LogSample sample) {
        long skipped = sample.skipped();
        for (LoggedRecord record : sample.records()) {
            PickedChange picked = PickedChange.of(region, record, random);
            if (!due.add(picked, picked.loggedAtMicros())) {
                skipped++;
            }
        }
        if (skipped > 0) {
            listener.skipped(region, skipped);
        }
    }

    private void ask(DueQueue.Due<PickedChange> question) {
        PickedChange picked = question.what();
        Duration after = due.after(question);
        openQuestions++;
        Answers.of(
                () -> publisher.audit(picked.region(), picked.query(), config.answerTimeout()),
                own,
                answers -> {
                    openQuestions--;
                    judge(picked, after, answers);
                    next(question);
                },
                why -> {
                    openQuestions--;
                    listener.failed(picked.region(), why);
                    next(question);
                });
    }

    private void next(DueQueue.Due<PickedChange> question) {
        if (!due.addNext(question)) {
            listener.skipped(question.what().region(), 1);
        }
    }

    private void judge(PickedChange picked, Duration after, List<MemberAudit> answers) {
        long nowMicros = publisher.time().nowMicros();
        int checked = 0;
        List<AuditFinding> findings = new ArrayList<>();
        for (MemberAudit answer : answers) {
            if (answer.held() == null) {
                continue;
            }
            checked++;
            AuditFinding finding = picked.judge(answer, after, nowMicros);
            if (finding != null) {
                findings.add(finding);
            }
        }
        if (checked > 0) {
            listener.checked(picked.region(), after, checked);
        }
        if (checked < answers.size()) {
            listener.unanswered(picked.region(), after, answers.size() - checked);
        }
        findings.forEach(listener::found);
    }
}
