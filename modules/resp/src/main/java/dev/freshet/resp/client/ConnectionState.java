package dev.freshet.resp.client;

import dev.freshet.resp.commands.Handling;
import dev.freshet.resp.protocol.ReplyScanner;
import dev.freshet.resp.tracking.ClientInfo;
import dev.freshet.resp.tracking.TrackedServer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What Redis knows of a client's connection, by its own answers. While an answer is missing that may change it, nothing is answered
 * here, so it is never ahead of Redis. One event loop.
 */
final class ConnectionState {

    /** Of a transaction, more keys than this are not remembered: it gets a barrier. */
    private static final int MAX_CHANGED = 10_000;

    /** What an answer asks for. */
    record Effects(boolean dropsAll, boolean needsBarrier, List<Exchange.Changed> changed) {
        static final Effects NONE = new Effects(false, false, List.of());
    }

    private boolean isResp3;
    private int database;
    private boolean isInTransaction;
    private boolean isWatching;

    // Who the client is.
    private @Nullable String user;
    private boolean isUserKnown;
    private boolean isStranger;

    /** The process that answers; empty: it does not say. */
    private String runId = "";

    // Of the transaction.
    private final List<Exchange.Changed> changed = new ArrayList<>();
    private boolean dropsAll;
    private boolean needsBarrier;
    private boolean changesConnection;

    boolean isResp3() {
        return isResp3;
    }

    boolean isInTransaction() {
        return isInTransaction;
    }

    /** Whether the client must see what Redis has, whatever is here. */
    boolean isPlain(int databaseOfCopies) {
        return !isInTransaction && !isWatching && database == databaseOfCopies;
    }

    @Nullable
    String user() {
        return user;
    }

    /** Whether Redis must be asked who the client is. */
    boolean mustAsk() {
        return !isUserKnown;
    }

    /** Whether the client has yet to prove who it is. */
    boolean isStranger() {
        return isStranger;
    }

    /** Whether this is the process that answers. */
    boolean isAnsweredBy(TrackedServer server) {
        if (!server.runId().equals(runId)) {
            return false;
        }
        runId = server.runId(); // the same text once more: from now on it is compared with itself
        return true;
    }

    /** Returns the process that answers; empty: that is not known. */
    String runId() {
        return runId;
    }

    void answeredBy(String process) {
        runId = process;
    }

    /** Notes the answer to a probe; null: an error. */
    void probed(@Nullable ClientInfo info, boolean isNotAuthenticated) {
        isUserKnown = true;
        isStranger = isNotAuthenticated;
        user = info == null ? null : info.user();
        if (info != null && info.database() >= 0) {
            database = info.database();
        }
        if (info != null && info.protocol() > 0) {
            isResp3 = info.protocol() == 3;
        }
    }

    /** Notes an answer to the client, and returns what it asks for. */
    Effects answered(Exchange exchange, ReplyScanner answer) {
        if (isInTransaction && answer.begins("+QUEUED")) {
            queued(exchange);
            return Effects.NONE;
        }
        return switch (exchange.handling) {
            case READ, PASS, RAW, REFUSE, SUBSCRIBE, EXACT_READ, INVALIDATE -> Effects.NONE;
            case EVICT -> changed(exchange);
            case BARRIER -> new Effects(false, true, List.of());
            case DROP_ALL -> new Effects(true, false, List.of());
            case EXEC -> ended(answer);
            default -> {
                connectionChanged(exchange, answer);
                yield Effects.NONE;
            }
        };
    }

    private static Effects changed(Exchange exchange) {
        List<Exchange.Changed> keys = exchange.changed;
        return keys == null ? Effects.NONE : new Effects(false, false, keys);
    }

    private void queued(Exchange exchange) {
        List<Exchange.Changed> keys = exchange.changed;
        if (keys != null && changed.size() + keys.size() <= MAX_CHANGED) {
            changed.addAll(keys);
        } else if (keys != null) {
            needsBarrier = true;
        }
        switch (exchange.handling) {
            case BARRIER -> needsBarrier = true;
            case DROP_ALL -> dropsAll = true;
            case AUTH, HELLO, SELECT, RESET -> changesConnection = true;
            default -> {}
        }
    }

    /** A transaction has ended unless Redis says that EXEC itself was wrong. */
    private Effects ended(ReplyScanner answer) {
        if (answer.isError() && !answer.begins("-EXECABORT")) {
            return Effects.NONE;
        }
        Effects effects = answer.isError() ? Effects.NONE : new Effects(dropsAll, needsBarrier, List.copyOf(changed));
        if (changesConnection) {
            isUserKnown = false;
        }
        leave();
        return effects;
    }

    private void leave() {
        isInTransaction = false;
        isWatching = false;
        changed.clear();
        dropsAll = false;
        needsBarrier = false;
        changesConnection = false;
    }

    private void connectionChanged(Exchange exchange, ReplyScanner answer) {
        if (answer.isError()) {
            return;
        }
        Handling handling = exchange.handling;
        switch (handling) {
            case AUTH -> isUserKnown = false;
            case HELLO -> {
                isResp3 = answer.type() == '%';
                isUserKnown &= !exchange.namesUser;
            }
            case SELECT -> database = exchange.database;
            case RESET -> {
                leave();
                isResp3 = false;
                database = 0;
                isUserKnown = false;
            }
            case MULTI -> isInTransaction = true;
            case DISCARD -> leave();
            case WATCH -> isWatching = true;
            case UNWATCH -> isWatching = false;
            default -> {}
        }
    }
}
