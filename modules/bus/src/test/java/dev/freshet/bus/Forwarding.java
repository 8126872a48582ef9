package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Whether a guard in front of a listener passes every call on. */
public final class Forwarding {

    private Forwarding() {}

    /**
     * Calls each method by which a listener of this type hears something, with zeros, nulls and false, on a guard in front of a listener that throws.
     *
     * @return how many methods there are
     */
    public static <T> int assertPassedOn(Class<T> type, UnaryOperator<T> guard) {
        List<Method> heard = new ArrayList<>();
        T failing = type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    heard.add(method);
                    throw new LinkageError("of the application");
                }));
        T guarded = guard.apply(failing);
        List<Method> methods = Arrays.stream(type.getMethods())
                .filter(method -> !Modifier.isStatic(method.getModifiers()) && method.getReturnType() == void.class)
                .toList();
        for (Method method : methods) {
            try {
                method.invoke(
                        guarded,
                        Arrays.stream(method.getParameterTypes())
                                .map(Forwarding::nothing)
                                .toArray());
            } catch (ReflectiveOperationException e) {
                throw new LinkageError(method + " is not contained", e);
            }
        }
        assertThat(heard).containsExactlyElementsOf(methods);
        return methods.size();
    }

    private static @Nullable Object nothing(Class<?> type) {
        if (type == boolean.class) {
            return false;
        } else if (type == int.class) {
            return 0;
        }
        return type == long.class ? 0L : null;
    }
}
