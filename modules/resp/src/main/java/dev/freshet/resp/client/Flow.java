package dev.freshet.resp.client;

import dev.freshet.service.port.GracefulClose;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import org.jspecify.annotations.Nullable;

/**
 * The bytes between a client and Redis: collects what each side is to be sent, lets neither send more than the other takes, and ends
 * as a direct connection does. Each side still gets what the other sent before it closed or failed. One event loop.
 */
final class Flow {

    /** Bytes are written when there are this many, so that a batch of reads does not pile them up. */
    private static final int FLUSH_BYTES = 256 * 1024;

    /** A connection of which one side has ended is closed when no byte moves for so long. */
    private static final long STANDSTILL_MILLIS = 10_000;

    /** Redis closed a connection that cannot be written to; this is how long it may take to hear that. */
    private static final long HEARING_MILLIS = 1_000;

    private static final long NOT_WATCHED = -1;

    /** Where the bytes go. */
    interface Listener {
        void fromClient(Buffer bytes);

        void fromRedis(Buffer bytes);

        /** Called once, when the connection has closed. */
        void closed();
    }

    private final Context context;
    private final NetSocket client;
    private final Listener listener;
    /** An answer of a usual size needs no second buffer; a large one does not make those that follow large. */
    private static final int MAX_ROOM_BYTES = 4 * 1024;

    private Buffer toClient = Buffer.buffer();
    private Buffer toRedis = Buffer.buffer();
    private @Nullable NetSocket redis;
    private boolean isClientFull;
    private boolean isRedisFull;
    private boolean holdsClient = true;
    private boolean holdsRedis;

    // What the sockets were told last: telling them again costs as much.
    private boolean isClientPaused;
    private boolean isRedisPaused;

    private boolean isRedisFailed;
    private boolean isEnding;
    private boolean isClosed;
    private long watch = NOT_WATCHED;
    private long moves;

    Flow(Context context, NetSocket client, Listener listener) {
        this.context = context;
        this.client = client;
        this.listener = listener;
    }

    // ---- The client

    /** Lets the client's bytes in. */
    void start() {
        if (client instanceof NetSocketInternal internal) {
            ChannelHandlerContext its = internal.channelHandlerContext();
            its.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
            its.pipeline().addBefore(its.name(), "end", new EndOfInput());
        }
        client.handler(this::fromClient)
                .closeHandler(gone -> close())
                .exceptionHandler(fault -> close())
                .drainHandler(drained -> {
                    moves++;
                    isClientFull = false;
                    regulate();
                });
    }

    /** Makes the end of the client's bytes an empty buffer behind them, which waits with them while the client is held. */
    private final class EndOfInput extends ChannelInboundHandlerAdapter {
        @Override
        public void userEventTriggered(ChannelHandlerContext its, Object event) {
            if (event instanceof ChannelInputShutdownEvent) {
                watchForStandstill();
                its.fireChannelRead(Unpooled.EMPTY_BUFFER);
            }
            its.fireUserEventTriggered(event);
        }
    }

    private void fromClient(Buffer bytes) {
        moves++;
        if (bytes.length() > 0) {
            listener.fromClient(bytes);
        } else if (redis == null) {
            close();
        } else {
            GracefulClose.endOutput(redis); // Redis answers what it has, and closes
        }
    }

    /** Takes no bytes of the client until {@link #regulate(boolean, boolean)}. */
    void holdClient() {
        isClientPaused = true;
        client.pause();
    }

    // ---- Redis

    /** Connects to Redis, which is paused, and whose bytes are let in by {@link #regulate(boolean, boolean)}. */
    void connected(NetSocket to) {
        redis = to;
        isRedisPaused = true;
        if (to instanceof NetSocketInternal internal) {
            // What Redis said before it closed is still to be read when a write has failed.
            internal.channelHandlerContext().channel().config().setAutoClose(false);
        }
        to.handler(bytes -> {
                    moves++;
                    listener.fromRedis(bytes);
                })
                .endHandler(ended -> redisEnded()) // comes behind its last bytes, also after an exception
                .closeHandler(gone -> watchForStandstill())
                .exceptionHandler(fault -> {})
                .drainHandler(drained -> {
                    moves++;
                    isRedisFull = false;
                    regulate();
                });
    }

    boolean isConnected() {
        return redis != null;
    }

    // ---- Bytes

    /** Returns what is about to be sent to the client. Who appends much calls {@link #flushIfLarge} now and then. */
    Buffer toClient() {
        return toClient;
    }

    /** Returns what is about to be sent to Redis. */
    Buffer toRedis() {
        return toRedis;
    }

    /** Whether the client does not take its answers. */
    boolean isClientFull() {
        return isClientFull;
    }

    void flushIfLarge() {
        if (toClient.length() > FLUSH_BYTES) {
            flushToClient();
        }
        if (toRedis.length() > FLUSH_BYTES) {
            flushToRedis();
        }
    }

    void flush() {
        flushToRedis();
        flushToClient();
    }

    private void flushToClient() {
        if (toClient.length() > 0 && !isClosed && !isEnding) {
            Buffer sent = toClient;
            toClient = Buffer.buffer(Math.min(sent.length(), MAX_ROOM_BYTES));
            client.write(sent);
            isClientFull = client.writeQueueFull();
        }
    }

    private void flushToRedis() {
        NetSocket to = redis;
        if (toRedis.length() > 0 && to != null && !isClosed) {
            Buffer sent = toRedis;
            toRedis = Buffer.buffer();
            to.write(sent).onFailure(fault -> redisFailed());
            isRedisFull = to.writeQueueFull();
        }
    }

    /**
     * Lets both sides send, or not. A side that sends more than the other takes is held in any case.
     *
     * @param holdsClient whether the client may send nothing
     * @param holdsRedis whether Redis may send nothing
     */
    void regulate(boolean holdsClient, boolean holdsRedis) {
        this.holdsClient = holdsClient;
        this.holdsRedis = holdsRedis;
        regulate();
    }

    private void regulate() {
        NetSocket to = redis;
        if (isClosed || isEnding || to == null) {
            return;
        }
        boolean pausesClient = holdsClient || (isRedisFull && !isRedisFailed);
        if (pausesClient != isClientPaused) {
            isClientPaused = pausesClient;
            if (pausesClient) {
                client.pause();
            } else {
                client.resume();
            }
        }
        boolean pausesRedis = holdsRedis || isClientFull;
        if (pausesRedis != isRedisPaused) {
            isRedisPaused = pausesRedis;
            if (pausesRedis) {
                to.pause();
            } else {
                to.resume();
            }
        }
    }

    // ---- The end

    private void redisFailed() {
        if (!isRedisFailed) {
            isRedisFailed = true;
            context.owner().setTimer(HEARING_MILLIS, passed -> redisEnded());
            regulate();
        }
    }

    private void redisEnded() {
        if (!isClosed && !isEnding) {
            flushToClient();
            isEnding = true;
            GracefulClose.close(client);
        }
    }

    private void watchForStandstill() {
        if (watch == NOT_WATCHED && !isClosed) {
            watchForStandstill(moves);
        }
    }

    private void watchForStandstill(long movesBefore) {
        watch = context.owner().setTimer(STANDSTILL_MILLIS, passed -> {
            if (moves == movesBefore) {
                close();
            } else {
                watchForStandstill(moves);
            }
        });
    }

    /** Whether nothing is to be sent to the client any more. */
    boolean hasEnded() {
        return isClosed || isEnding;
    }

    /** Closes both sides at once. */
    void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        context.owner().cancelTimer(watch);
        listener.closed();
        client.close();
        if (redis != null) {
            redis.close();
        }
    }
}
