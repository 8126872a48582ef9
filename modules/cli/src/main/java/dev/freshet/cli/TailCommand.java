package dev.freshet.cli;

import dev.freshet.bus.BusException;
import dev.freshet.bus.admin.LogReader;
import dev.freshet.bus.admin.LogReader.Entry;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordHeader;
import dev.freshet.schema.Syntax;
import dev.freshet.service.log.Secrets;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints a region's records as they are appended. */
@Command(
        name = "tail",
        description = "Print the records of a region as they are appended, until Ctrl-C.",
        sortOptions = false,
        footer = {"", "Exit codes: 0 --count records printed, 1 Redis is unavailable, 2 wrong command line, 130 Ctrl-C."
        })
final class TailCommand extends RedisCommand {

    private static final int PAGE_RECORDS = 200;
    private static final Duration PATIENCE = Duration.ofMillis(500);
    private static final long PAUSE_MILLIS = 500;

    @Parameters(paramLabel = "REGION", description = "The region, for example users.")
    private String region = "";

    @Option(
            names = "--from",
            paramLabel = "POSITION",
            description =
                    "Begin after this position; \"start\": at the oldest record in the log (default: only new records).")
    private @Nullable String from;

    @Option(names = "--count", paramLabel = "N", description = "End after N records.")
    private @Nullable Long count;

    @Option(names = "--json", description = "Print one JSON object a record.")
    private boolean json;

    private long printed;
    private long epoch;
    private long sequence;

    @Override
    public Integer call() throws InterruptedException {
        Position begin = checkCommandLine();
        PrintWriter out = out();
        PrintWriter err = err();
        try (LogReader log = LogReader.of(redis.config(), region)) {
            Position head = log.head();
            if (begin != null && (head == null || head.epoch() != begin.epoch())) {
                err.println("freshet tail: --from " + begin + " is not in the present log of " + region + ", which "
                        + (head == null ? "is empty" : "stands at " + head) + "; use --from start");
                return ExitCode.FAILED;
            }
            epoch = head == null ? 0 : head.epoch();
            sequence = begin != null ? begin.sequence() : from != null || head == null ? 0 : head.sequence();
            follow(log, out, err);
            return ExitCode.OK;
        }
    }

    private @Nullable Position checkCommandLine() {
        List<String> faults = new ArrayList<>();
        Syntax.faultInRegion(region).ifPresent(fault -> faults.add("REGION " + fault));
        if (count != null && count < 1) {
            faults.add("--count must be positive");
        }
        Position begin = null;
        try {
            begin = from == null || from.equals("start") ? null : Position.parse(from);
        } catch (IllegalArgumentException e) {
            faults.add("--from: " + e.getMessage());
        }
        requireNone(faults);
        return begin;
    }

    private void follow(LogReader log, PrintWriter out, PrintWriter err) throws InterruptedException {
        boolean isUnavailable = false;
        while (!isDone()) {
            try {
                step(log, out, err);
                if (isUnavailable) {
                    err.println("freshet tail: connected to Redis again");
                    isUnavailable = false;
                }
            } catch (BusException e) {
                // Printed once an outage, so that the records after a failover stay visible.
                if (!isUnavailable) {
                    err.println("freshet tail: " + Secrets.mask(String.valueOf(e.getMessage())) + "; retrying");
                    isUnavailable = true;
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }

    private boolean isDone() {
        return count != null && printed >= count;
    }

    private void step(LogReader log, PrintWriter out, PrintWriter err) {
        var entries = log.read(sequence, PAGE_RECORDS, PATIENCE);
        if (entries.isEmpty()) {
            // A new epoch begins at sequence 1, before the sequence that this waits for. So the head must be asked.
            Position head = log.head();
            if (head != null && head.epoch() != epoch) {
                beginAnew(head.epoch(), err);
            }
            return;
        }
        for (Entry entry : entries) {
            RecordHeader header = headerOf(entry.decoded());
            if (header != null && header.position().epoch() != epoch) {
                beginAnew(header.position().epoch(), err);
                if (entry.sequence() != 1) {
                    return;
                }
            }
            out.println(json ? RecordText.json(region, entry) : RecordText.line(entry));
            out.flush();
            sequence = entry.sequence();
            printed++;
            if (isDone()) {
                return;
            }
        }
    }

    private void beginAnew(long newEpoch, PrintWriter err) {
        if (epoch != 0) {
            err.println("freshet tail: a new epoch of the log began: " + Position.formatEpoch(newEpoch));
        }
        epoch = newEpoch;
        sequence = 0;
    }

    private static @Nullable RecordHeader headerOf(Decoded decoded) {
        if (decoded instanceof Decoded.Intact intact) {
            return intact.header();
        }
        return decoded instanceof Decoded.Unreadable unreadable ? unreadable.header() : null;
    }
}
