package dev.freshet.proofs.resp;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Event loops without threads: a task runs when a step says so, those of one loop in order. Timers run when time reaches them. */
final class Loops {

    /** Opens connections to Redis. */
    interface Dialer {
        /** Returns the socket, or null if nobody listens. */
        @Nullable
        NetSocket dial(Loop from);
    }

    private final class Timer {
        final long id;
        final Loop loop;
        final long periodMicros;
        final Handler<Long> handler;
        long dueMicros;

        Timer(long id, long dueMicros, long periodMicros, Handler<Long> handler) {
            this.id = id;
            this.loop = current();
            this.dueMicros = dueMicros;
            this.periodMicros = periodMicros;
            this.handler = handler;
        }
    }

    /** One event loop. */
    final class Loop {
        final String name;
        final Context context = proxy(Context.class, this::call);
        private final Deque<Runnable> tasks = new ArrayDeque<>();

        Loop(String name) {
            this.name = name;
        }

        void add(Runnable task) {
            tasks.addLast(task);
        }

        boolean isIdle() {
            return tasks.isEmpty();
        }

        /** Runs the first task. */
        void runOne() {
            run(Objects.requireNonNull(tasks.pollFirst()));
        }

        void run(Runnable task) {
            Loop before = running;
            running = this;
            try {
                task.run();
            } finally {
                running = before;
            }
        }

        private @Nullable Object call(String method, Object[] arguments) {
            return switch (method) {
                case "runOnContext" -> {
                    Handler<Void> handler = handler(arguments[0]);
                    add(() -> handler.handle(null));
                    yield null;
                }
                case "owner" -> vertx;
                default -> throw new UnsupportedOperationException(method);
            };
        }
    }

    final Vertx vertx = proxy(Vertx.class, this::call);
    final List<Loop> all = new ArrayList<>();
    private final List<Timer> timers = new ArrayList<>();
    private final Dialer dialer;
    private @Nullable Loop running;
    private long nowMicros = 1_700_000_000_000_000L;
    private long timerIds;

    Loops(Dialer dialer) {
        this.dialer = dialer;
    }

    Loop add(String name) {
        Loop loop = new Loop(name);
        all.add(loop);
        return loop;
    }

    Loop current() {
        return Objects.requireNonNull(running, "nothing runs on a loop");
    }

    long nowMicros() {
        return nowMicros;
    }

    /** Moves time, and queues the timers that become due, in order. */
    void advance(long micros) {
        long until = nowMicros + micros;
        for (Timer next = earliest(); next != null && next.dueMicros <= until; next = earliest()) {
            nowMicros = Math.max(nowMicros, next.dueMicros);
            Timer due = next;
            if (due.periodMicros == 0) {
                timers.remove(due);
            } else {
                due.dueMicros = nowMicros + due.periodMicros;
            }
            due.loop.add(() -> due.handler.handle(due.id));
        }
        nowMicros = until;
    }

    private @Nullable Timer earliest() {
        return timers.stream()
                .min(Comparator.comparingLong((Timer timer) -> timer.dueMicros).thenComparingLong(timer -> timer.id))
                .orElse(null);
    }

    private @Nullable Object call(String method, Object[] arguments) {
        return switch (method) {
            case "getOrCreateContext" -> current().context;
            case "setTimer" -> start((long) arguments[0], 0, handler(arguments[1]));
            case "setPeriodic" -> start((long) arguments[0], (long) arguments[0] * 1_000, handler(arguments[1]));
            case "cancelTimer" -> timers.removeIf(timer -> timer.id == (long) arguments[0]);
            case "executeBlocking" -> later(() -> Future.succeededFuture(((Callable<?>) arguments[0]).call()));
            case "createNetClient" -> proxy(NetClient.class, this::callClient);
            default -> throw new UnsupportedOperationException(method);
        };
    }

    private long start(long millis, long periodMicros, Handler<Long> handler) {
        timers.add(new Timer(++timerIds, nowMicros + millis * 1_000, periodMicros, handler));
        return timerIds;
    }

    private Object callClient(String method, Object[] arguments) {
        if (!method.equals("connect")) {
            throw new UnsupportedOperationException(method);
        }
        Loop from = current();
        return later(() -> {
            NetSocket socket = dialer.dial(from);
            return socket == null ? Future.failedFuture("Connection refused") : Future.succeededFuture(socket);
        });
    }

    /** Completes in a later task of the loop that runs. */
    private <T> Future<T> later(Callable<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        current().add(() -> {
            try {
                work.call().onComplete(promise);
            } catch (Exception e) {
                promise.fail(e);
            }
        });
        return promise.future();
    }

    /** What a stand-in of an interface does. */
    interface Calls {
        @Nullable
        Object call(String method, Object[] arguments);
    }

    private static final Object[] NO_ARGUMENTS = {};

    /** Returns an argument as what the interface that is stood in for says it is. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    static <T> T handler(Object argument) {
        return (T) argument;
    }

    static <T> T proxy(Class<T> type, Calls calls) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (self, method, arguments) -> answer(self, method, calls, arguments)));
    }

    private static @Nullable Object answer(Object self, Method method, Calls calls, Object @Nullable [] arguments) {
        if (method.getDeclaringClass() == Object.class) {
            return switch (method.getName()) {
                case "hashCode" -> System.identityHashCode(self);
                case "equals" -> arguments != null && self == arguments[0];
                default -> method.getName();
            };
        }
        return calls.call(method.getName(), arguments == null ? NO_ARGUMENTS : arguments);
    }
}
