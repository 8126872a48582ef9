package dev.freshet.subscriber;

import dev.freshet.service.Launcher;

/** Starts the sidecar as a process. */
public final class SubscriberMain {

    private SubscriberMain() {}

    public static void main(String[] args) {
        Launcher.launch(new SubscriberApplication(), args);
    }
}
