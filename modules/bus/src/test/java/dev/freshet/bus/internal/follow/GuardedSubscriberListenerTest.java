package dev.freshet.bus.internal.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.Forwarding;
import dev.freshet.bus.SubscriberListener;
import org.junit.jupiter.api.Test;

class GuardedSubscriberListenerTest {

    @Test
    void everyCallIsPassedOnAndWhatItThrowsIsContainedAndCounted() {
        GuardedSubscriberListener[] guard = new GuardedSubscriberListener[1];
        int methods = Forwarding.assertPassedOn(
                SubscriberListener.class, listener -> guard[0] = new GuardedSubscriberListener(listener));
        assertThat(guard[0].failures()).isEqualTo(methods);
    }
}
