package dev.freshet.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.Freshet;
import dev.freshet.RegionOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.Configuration;

/** How a region is asked for at the endpoint. */
class FreshetEndpointTest {

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Caching {}

    private static @Nullable String found(FreshetEndpoint endpoint, String name) {
        FreshetEndpoint.RegionInfo info = endpoint.region(name);
        return info == null ? null : info.name() + " of " + info.cache();
    }

    @Test
    void aRegionIsFoundByItsCacheAndByItsOwnName() {
        Contexts.withStarter()
                .withUserConfiguration(Caching.class)
                .withPropertyValues(
                        "management.endpoints.web.exposure.include=freshet",
                        "freshet.caches.userProfiles.maximum-entries=5",
                        "freshet.caches.people.region=users",
                        "freshet.caches.users.region=accounts")
                .run(context -> {
                    context.getBean(Freshet.class).region("own", RegionOptions.<String>maximumEntries(1));
                    FreshetEndpoint endpoint = context.getBean(FreshetEndpoint.class);

                    assertThat(found(endpoint, "userProfiles")).isEqualTo("user-profiles of userProfiles");
                    assertThat(found(endpoint, "user-profiles")).isEqualTo("user-profiles of userProfiles");
                    assertThat(found(endpoint, "people")).isEqualTo("users of people");
                    assertThat(found(endpoint, "users"))
                            .as("the cache of that name")
                            .isEqualTo("accounts of users");
                    assertThat(found(endpoint, "own")).isEqualTo("own of null");
                    assertThat(found(endpoint, "absent")).isNull();
                    assertThat(endpoint.client().regions()).hasSize(4);
                });
    }
}
