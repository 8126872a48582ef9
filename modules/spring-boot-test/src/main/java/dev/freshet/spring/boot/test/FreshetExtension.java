package dev.freshet.spring.boot.test;

import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.test.context.junit.jupiter.SpringExtension;

/** Ends what the test before left behind. */
final class FreshetExtension implements BeforeEachCallback {

    /** Called by JUnit. */
    FreshetExtension() {}

    @Override
    public void beforeEach(ExtensionContext context) {
        SpringExtension.getApplicationContext(context)
                .getBean(FreshetTester.class)
                .reset();
    }
}
