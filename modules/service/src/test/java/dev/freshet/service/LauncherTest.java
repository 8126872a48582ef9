package dev.freshet.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.Security;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LauncherTest {

    private static final String NAME_CACHE = "networkaddress.cache.ttl";
    private static final String BEFORE = String.valueOf(Security.getProperty(NAME_CACHE));

    @AfterEach
    @SuppressWarnings("NullAway") // null: Java's default
    void restore() {
        Security.setProperty(NAME_CACHE, BEFORE.equals("null") ? "" : BEFORE);
    }

    @Test
    void aNameIsLookedUpAgainSoonUnlessSomebodySaysHowOften() {
        if (BEFORE.equals("null")) {
            Launcher.keepNamesBriefly();
            assertThat(Security.getProperty(NAME_CACHE)).isEqualTo("5");
        }
        Security.setProperty(NAME_CACHE, "60");
        Launcher.keepNamesBriefly();
        assertThat(Security.getProperty(NAME_CACHE)).isEqualTo("60");
    }
}
