package dev.freshet.publisher;

import dev.freshet.bus.Publisher;
import dev.freshet.service.Launcher;

/** Starts the publisher: {@code java -jar freshet-publisher.jar [--config FILE]}. */
public final class PublisherMain {

    private PublisherMain() {}

    public static void main(String[] args) {
        Launcher.launch(new PublisherApplication(Publisher::connect), args);
    }
}
