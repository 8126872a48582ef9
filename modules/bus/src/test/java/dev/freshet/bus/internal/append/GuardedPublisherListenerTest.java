package dev.freshet.bus.internal.append;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.Forwarding;
import dev.freshet.bus.PublisherListener;
import org.junit.jupiter.api.Test;

class GuardedPublisherListenerTest {

    @Test
    void everyCallIsPassedOnAndWhatItThrowsIsContainedAndCounted() {
        GuardedPublisherListener[] guard = new GuardedPublisherListener[1];
        int methods = Forwarding.assertPassedOn(
                PublisherListener.class, listener -> guard[0] = new GuardedPublisherListener(listener));
        assertThat(guard[0].failures()).isEqualTo(methods);
    }
}
