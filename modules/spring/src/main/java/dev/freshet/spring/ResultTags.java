package dev.freshet.spring;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.cache.interceptor.CacheOperationInvocationContext;
import org.springframework.context.expression.AnnotatedElementKey;
import org.springframework.core.annotation.AnnotatedElementUtils;

/** The tags that {@link FreshetTags} gives the results of methods. */
final class ResultTags {

    private final Templates templates = new Templates();
    private final Map<AnnotatedElementKey, Templates.Parsed> byMethod = new ConcurrentHashMap<>();

    void use(BeanFactory beans) {
        templates.use(beans);
    }

    /** Returns what tags the result of this call. */
    Tagging of(CacheOperationInvocationContext<?> context) {
        Object target = context.getTarget();
        Method method = context.getMethod();
        Class<?> type = AopProxyUtils.ultimateTargetClass(target);
        Templates.Parsed parsed =
                byMethod.computeIfAbsent(new AnnotatedElementKey(method, type), key -> parse(method, type));
        return parsed.isEmpty()
                ? Tagging.NONE
                : value ->
                        templates.evaluate(parsed, new Templates.Call(target, method, context.getArgs(), type), value);
    }

    private Templates.Parsed parse(Method method, Class<?> type) {
        Method specific = AopUtils.getMostSpecificMethod(method, type);
        FreshetTags tags = find(specific, method, type);
        return tags == null ? Templates.Parsed.NONE : templates.parse("@FreshetTags", specific, tags.value());
    }

    private static @Nullable FreshetTags find(Method specific, Method method, Class<?> type) {
        FreshetTags tags = AnnotatedElementUtils.findMergedAnnotation(specific, FreshetTags.class);
        if (tags == null) {
            tags = AnnotatedElementUtils.findMergedAnnotation(method, FreshetTags.class);
        }
        return tags != null ? tags : AnnotatedElementUtils.findMergedAnnotation(type, FreshetTags.class);
    }
}
