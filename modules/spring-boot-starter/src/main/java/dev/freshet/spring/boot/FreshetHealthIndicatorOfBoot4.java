package dev.freshet.spring.boot;

import dev.freshet.Freshet;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/** {@link FreshetHealth} for Boot 4, where the contract lies in another package. */
final class FreshetHealthIndicatorOfBoot4 implements HealthIndicator {

    private final Freshet freshet;

    FreshetHealthIndicatorOfBoot4(Freshet freshet) {
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
