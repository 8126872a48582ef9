package dev.freshet.resp.client;

import dev.freshet.resp.commands.CommandSpec;
import dev.freshet.resp.commands.CommandTable;
import dev.freshet.resp.commands.Handling;
import dev.freshet.resp.local.Copies;
import dev.freshet.resp.protocol.Command;
import dev.freshet.resp.protocol.CommandReader;
import dev.freshet.resp.protocol.Replies;
import dev.freshet.resp.tracking.TrackedServer;
import dev.freshet.resp.upstream.Upstream;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a client. Takes its commands in order, answers what copies can answer, and passes everything else on, as it was
 * sent, over one connection to Redis. One event loop.
 *
 * <p>A client that takes no answers gets none from here: its commands are passed on, and their answers wait in Redis, as they would
 * without this process. So this process keeps no more than the sockets' buffers for it.
 */
public final class ClientConnection {

    private static final long MAX_LOCAL_BYTES = 1 << 20;

    /** Each connection may have this many commands without an answer, however many others there are. */
    private static final int LEAST_PENDING = 1_000;

    private final PortContext port;
    private final Context context;
    private final Runnable closed;
    private final Flow flow;
    private final CommandReader reader = new CommandReader();
    private final ConnectionState state = new ConnectionState();
    private final AnswerQueue queue = new AnswerQueue();
    private final UpstreamAnswers answers;
    private final LocalReads reads;
    private boolean isConnecting;
    private boolean isRaw;
    private boolean isDroppingRest;
    private boolean isTooFarAhead;

    /** Whether a command waits for what this process does for it: those behind it must not overtake it. */
    private boolean isSuspended;

    /** A command of this process' own that is handled once all before it are answered. */
    private @Nullable Command waiting;

    private int counted;
    private long nowNanos;

    /**
     * Makes a connection, on its event loop; {@link #start} lets it read.
     *
     * @param closed to be called when the client's connection has closed
     */
    public ClientConnection(PortContext port, Context context, NetSocket client, Runnable closed) {
        this.port = port;
        this.context = context;
        this.closed = closed;
        this.flow = new Flow(context, client, new Arrivals());
        this.answers = new UpstreamAnswers(port, state, queue, new Output());
        this.reads = new LocalReads(port.keys(), port.tracking());
    }

    /** Lets the client's bytes in. */
    public void start() {
        flow.start();
    }

    private final class Arrivals implements Flow.Listener {

        @Override
        public void fromClient(Buffer bytes) {
            reader.add(bytes.getBytes());
            if (flow.isConnected()) {
                process();
            } else if (!isConnecting) {
                connect();
            }
        }

        @Override
        public void fromRedis(Buffer bytes) {
            boolean wasStranger = state.isStranger();
            answers.arrived(bytes);
            if (state.isStranger() && !wasStranger) {
                process(); // of what waits for its end, Redis may already refuse the beginning
            } else {
                settle();
            }
        }

        @Override
        public void closed() {
            port.stats().pending(-counted);
            counted = 0;
            closed.run();
        }
    }

    private void connect() {
        isConnecting = true;
        flow.holdClient();
        port.upstream().connect().onComplete(done -> {
            if (done.succeeded()) {
                connected(done.result());
            } else {
                port.stats().unreachable();
                flow.close();
            }
        });
    }

    private void connected(Upstream.Connected to) {
        isConnecting = false;
        if (flow.hasEnded()) {
            to.socket().close();
            return;
        }
        flow.connected(to.socket());
        probe();
        process();
    }

    // ---- From the client

    private void process() {
        nowNanos = System.nanoTime();
        long localBefore = localAnswers;
        boolean goesOn = true;
        while (goesOn && !flow.hasEnded() && !isSuspended) {
            if (isRaw) {
                reader.takeAll();
                passOn(reader.bytes(), reader.restFrom(), reader.restTo());
                break;
            }
            reader.ofStranger(state.isStranger());
            switch (reader.read()) {
                case COMMAND -> handle(reader.command());
                case REST -> {
                    if (!isDroppingRest) {
                        passOn(reader.bytes(), reader.restFrom(), reader.restTo());
                    }
                }
                case MALFORMED -> becomeRaw(); // Redis says what is wrong, and closes the connection
                case NOTHING -> goesOn = false;
            }
        }
        settle();
        if (localAnswers != localBefore) {
            port.stats().localTook(System.nanoTime() - nowNanos);
        }
    }

    private long localAnswers;

    private void handle(Command command) {
        isDroppingRest = false;
        TrackedServer server = port.tracking().server();
        CommandTable table = port.tracking().commands();
        if (table != null && reads.isRead(command, table)) {
            read(command, server);
            return;
        }
        CommandSpec spec = table == null ? null : table.find(command);
        Handling handling = port.classifier().classify(command, spec);
        switch (handling) {
            case REFUSE -> refuse(command);
            case RAW -> {
                becomeRaw();
                passOn(command);
            }
            case SUBSCRIBE -> subscribe(command);
            case EXACT_READ, INVALIDATE -> {
                if (!queue.isEmpty()) {
                    waiting = command.detached();
                    isSuspended = true;
                } else if (state.isInTransaction()) {
                    refuse(command, "ERR " + command.name() + " is not available in a transaction");
                } else if (handling == Handling.EXACT_READ) {
                    exactRead(command, server);
                } else {
                    invalidate(command, server);
                }
            }
            case READ -> {
                if (table != null) {
                    reads.noteRead(command, table);
                }
                read(command, server);
            }
            default -> forward(command, exchange(command, handling, spec), Forwarded.COMMAND);
        }
    }

    private void read(Command command, @Nullable TrackedServer server) {
        Forwarded why = whyNot(command, server);
        if (why != null) {
            Exchange exchange = Exchange.of(Handling.READ, nowNanos);
            exchange.question = why == Forwarded.MISS ? reads.question(command) : null;
            forward(command, exchange, why);
        }
    }

    /** Answers a read from copies; if that cannot be, returns why. */
    private @Nullable Forwarded whyNot(Command command, @Nullable TrackedServer server) {
        return LocalReads.isOne(command) ? whyNot(command, server, reads::answer) : Forwarded.COMMAND;
    }

    private @Nullable Forwarded whyNot(Command command, @Nullable TrackedServer server, LocalAnswer from) {
        if (server == null || !state.isAnsweredBy(server)) {
            return Forwarded.TRACKING;
        }
        if (!server.user().equals(state.user()) || state.mustAsk()) {
            return Forwarded.USER;
        }
        if (!state.isPlain(port.database())) {
            return Forwarded.STATE;
        }
        if (!queue.letsPass() || queue.localBytes() > MAX_LOCAL_BYTES) {
            return Forwarded.ORDER;
        }
        if (flow.isClientFull()) {
            return Forwarded.SLOW_CLIENT;
        }
        Buffer to = queue.isEmpty() ? flow.toClient() : Buffer.buffer();
        Forwarded why = from.answer(command, to, state.isResp3());
        if (why == null) {
            localAnswers++;
            port.stats().local();
            answered(to);
        }
        return why;
    }

    private void answered(Buffer answer) {
        if (answer == flow.toClient()) {
            flow.flushIfLarge();
        } else {
            queue.add(Exchange.local(answer));
        }
    }

    private interface LocalAnswer {
        @Nullable
        Forwarded answer(Command command, Buffer to, boolean isResp3);
    }

    private void refuse(Command command) {
        refuse(
                command,
                "ERR " + command.name().toLowerCase(Locale.ROOT)
                        + " is not available through this port of Freshet; send it to Redis directly");
    }

    private void refuse(Command command, String error) {
        port.stats().refused();
        isDroppingRest = !command.isWhole();
        Buffer to = queue.isEmpty() ? flow.toClient() : Buffer.buffer();
        Replies.error(to, error);
        answered(to);
    }

    /** Answers from a copy, or lets Redis answer GET, which becomes the answer's first part. */
    private void exactRead(Command command, @Nullable TrackedServer server) {
        if (command.arguments() != 2 || !command.isWhole()) {
            refuse(command, "ERR use FRESHET.GET key");
            return;
        }
        Forwarded why = whyNot(command, server, reads::exact);
        if (why != null) {
            Exchange exchange = Exchange.of(Handling.READ, nowNanos);
            exchange.isWrapped = true;
            port.stats().forwarded(why);
            queue.add(exchange);
            Replies.array(flow.toRedis(), 2);
            Replies.string(flow.toRedis(), "GET");
            Replies.string(flow.toRedis(), Buffer.buffer(command.copy(1)));
        }
    }

    /** Only clients who are the same user in Redis as this process may append with its rights. */
    private void invalidate(Command command, @Nullable TrackedServer server) {
        if (server == null || state.mustAsk() || !server.user().equals(state.user())) {
            refuse(command, "NOPERM only the user of the subscriber may invalidate here, while it hears Redis");
            return;
        }
        InvalidateCommand parsed;
        try {
            parsed = InvalidateCommand.parse(command);
        } catch (IllegalArgumentException e) {
            refuse(command, "ERR " + e.getMessage());
            return;
        }
        Exchange promised = Exchange.promised();
        queue.add(promised);
        isSuspended = true;
        port.invalidations()
                .append(parsed.region(), parsed.selector())
                .onComplete(done -> context.runOnContext(resumed -> {
                    Buffer answer = Buffer.buffer();
                    if (done.succeeded()) {
                        Replies.string(answer, done.result());
                    } else {
                        Replies.error(answer, "UNAVAILABLE " + done.cause().getMessage());
                    }
                    resume(promised, answer);
                }));
    }

    private void resume(Exchange promised, Buffer answer) {
        if (flow.hasEnded()) {
            return;
        }
        queue.answer(promised, answer);
        queue.moveLocal(flow.toClient());
        isSuspended = false;
        process();
    }

    private Exchange exchange(Command command, Handling handling, @Nullable CommandSpec spec) {
        Exchange exchange = Exchange.of(handling, nowNanos);
        switch (handling) {
            case EVICT -> {
                if (spec != null) {
                    noteKeys(command, spec, exchange);
                }
            }
            case SELECT -> exchange.database = database(command);
            case HELLO -> exchange.namesUser = command.arguments() > 2;
            default -> {}
        }
        return exchange;
    }

    /** Returns the number of a database; -1 where Redis will refuse the command. */
    private static int database(Command command) {
        long number = command.arguments() == 2 ? command.number(1) : -1;
        return number >= 0 && number <= Integer.MAX_VALUE ? (int) number : -1;
    }

    private void noteKeys(Command command, CommandSpec spec, Exchange exchange) {
        int last = spec.lastKeyOf(command);
        for (int i = spec.firstKey(); i <= last; i += spec.keyStep()) {
            String key = command.utf8(i);
            Copies<?> copies = key == null ? null : port.keys().find(key);
            if (key != null && copies != null) {
                exchange.changes(copies, key);
            }
        }
    }

    private void forward(Command command, Exchange exchange, Forwarded why) {
        port.stats().forwarded(why);
        queue.add(exchange);
        passOn(command);
    }

    /** In RESP3, messages tell what became of it, and answers go on; a PING shows where these messages end. */
    private void subscribe(Command command) {
        port.stats().forwarded(Forwarded.COMMAND);
        if (!state.isResp3() || state.isInTransaction() || !queue.letsPass() || !command.isWhole()) {
            becomeRaw();
            passOn(command);
            return;
        }
        passOn(command);
        queue.add(Exchange.own(Exchange.Origin.MARK));
        Replies.command(flow.toRedis(), "PING");
    }

    private void becomeRaw() {
        if (!isRaw) {
            isRaw = true;
            answers.becomeRaw();
            port.stats().raw();
        }
    }

    private void passOn(Command command) {
        passOn(command.bytes(), command.from(), command.to());
    }

    private void passOn(byte[] bytes, int from, int to) {
        flow.toRedis().appendBytes(bytes, from, to - from);
        flow.flushIfLarge();
    }

    /** Asks Redis who the client is, and which server it is, when nothing else is under way that could be mistaken. */
    private void probe() {
        if (state.mustAsk() && !isRaw && queue.isEmpty() && !state.isInTransaction() && !reader.isStreaming()) {
            queue.add(Exchange.own(Exchange.Origin.PROBE));
            Replies.command(flow.toRedis(), "CLIENT", "INFO");
            if (state.runId().isEmpty()) {
                queue.add(Exchange.own(Exchange.Origin.SERVER));
                Replies.command(flow.toRedis(), "INFO", "server");
            }
        }
    }

    // ---- Towards both

    /** Where answers of Redis go. */
    private final class Output implements UpstreamAnswers.Output {

        @Override
        public void toClient(byte[] bytes, int from, int to) {
            flow.toClient().appendBytes(bytes, from, to - from);
            flow.flushIfLarge();
        }

        @Override
        public Buffer toClient() {
            return flow.toClient();
        }

        @Override
        public boolean afterBarrier(Runnable then) {
            return port.tracking().afterAllBefore(context, () -> {
                if (!flow.hasEnded()) {
                    then.run();
                    settle();
                }
            });
        }

        @Override
        public void fail() {
            flow.close();
        }
    }

    /** Writes what has come together, and decides who may go on. */
    private void settle() {
        if (flow.hasEnded()) {
            return;
        }
        probe();
        flow.flush();
        count();
        flow.regulate(isTooFarAhead || isSuspended, answers.isHeld());
        Command next = waiting;
        if (next != null && queue.isEmpty()) {
            waiting = null;
            isSuspended = false;
            handle(next);
            process();
        }
    }

    private void count() {
        int size = queue.size();
        if (size == counted && size <= LEAST_PENDING) {
            isTooFarAhead = false;
            return;
        }
        long all = port.stats().pending(size - (long) counted);
        counted = size;
        isTooFarAhead = size > LEAST_PENDING && all > port.maximumPending();
        if (isTooFarAhead && flow.isClientFull()) {
            // Neither side could ever go on: the client sends without reading, and there is no memory for more.
            port.stats().tooManyPending();
            flow.close();
        }
    }
}
