package dev.freshet.demo.stack;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One replica of the application, with its sidecar if it has one: what Kubernetes calls a pod.
 *
 * @param name {@code r1}, {@code r2} and so on, or {@code naive}
 * @param application the process that answers requests
 * @param sidecar the subscriber beside it; null: it has none
 * @param cut its way to Redis, if it can be cut; null if it connects directly
 */
public record Replica(
        String name,
        SupervisedProcess application,
        @Nullable Sidecar sidecar,
        @Nullable Cut cut) {

    /** The replica that has no Freshet. */
    public static final String NAIVE = "naive";

    /** Returns the name of a replica, the naive one being the last of all. */
    static String name(int index, int all) {
        return index == all - 1 ? NAIVE : "r" + (index + 1);
    }

    /** Returns whether this replica has no Freshet. */
    public boolean isNaive() {
        return name.equals(NAIVE);
    }

    /** Returns where the application answers. */
    public URI uri() {
        return URI.create(application.spec().address());
    }

    /** Returns its processes, the application first. */
    public List<SupervisedProcess> processes() {
        return sidecar == null ? List.of(application) : List.of(application, sidecar.process());
    }

    /** Returns whether all its processes are up. */
    public boolean isUp() {
        return processes().stream().allMatch(process -> process.state() == SupervisedProcess.State.UP);
    }

    /** Returns how often its processes were started: a number that changes whenever one of them is started again. */
    public int starts() {
        return processes().stream().mapToInt(SupervisedProcess::starts).sum();
    }
}
