package dev.freshet.bus.internal.redis;

/** The name of this process if the configuration has none. */
public final class ProcessName {

    private static final int MAX_CHARS = 100;

    private ProcessName() {}

    /** Returns the host's name (in Kubernetes the Pod's) and the process id. */
    public static String ofThisProcess() {
        String host = System.getenv().getOrDefault("HOSTNAME", "");
        if (host.isEmpty()) {
            host = "process";
        }
        String shown = host.length() <= MAX_CHARS ? host : host.substring(0, MAX_CHARS);
        return shown + "-" + ProcessHandle.current().pid();
    }
}
