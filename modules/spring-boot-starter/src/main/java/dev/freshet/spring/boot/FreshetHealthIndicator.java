package dev.freshet.spring.boot;

import dev.freshet.Freshet;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.health.Status;

/** {@link FreshetHealth} for Boot 3. */
final class FreshetHealthIndicator implements HealthIndicator {

    private final Freshet freshet;

    FreshetHealthIndicator(Freshet freshet) {
        this.freshet = freshet;
    }

    @Override
    public Health health() {
        FreshetHealth health = FreshetHealth.of(freshet);
        return Health.status(new Status(health.verdict().name()))
                .withDetails(health.details())
                .build();
    }
}
