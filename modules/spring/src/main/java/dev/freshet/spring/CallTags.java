package dev.freshet.spring;

import java.util.Collection;
import org.springframework.cache.interceptor.CacheOperationInvocationContext;

/** The tags of what one call brings. */
record CallTags(ResultTags tags, CacheOperationInvocationContext<?> call) implements Tagging {

    @Override
    public Collection<String> tagsOf(Object value) {
        return tags.of(call).tagsOf(value);
    }
}
