package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.schema.Decoded;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Two listeners as one: each call reaches both, with its arguments, also if the first throws. */
class BothListenersTest {

    static Stream<Arguments> calls() {
        return Stream.of(PublisherListener.class, SubscriberListener.class)
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods())
                        .filter(method -> method.getReturnType() == void.class && !method.isSynthetic())
                        .map(method -> Arguments.of(type, method)));
    }

    @ParameterizedTest
    @MethodSource("calls")
    void everyCallReachesBoth(Class<?> type, Method call) throws ReflectiveOperationException {
        List<String> heard = new ArrayList<>();
        Object both = both(type, noting(type, "one", heard, false), noting(type, "two", heard, false));
        Object[] arguments = Arrays.stream(call.getParameterTypes())
                .map(BothListenersTest::sample)
                .toArray();

        call.setAccessible(true);
        call.invoke(both, arguments);

        String said = call.getName() + Arrays.toString(arguments);
        assertThat(heard).containsExactly("one " + said, "two " + said);
    }

    @ParameterizedTest
    @MethodSource("calls")
    void theSecondIsCalledAlsoIfTheFirstThrows(Class<?> type, Method call) throws ReflectiveOperationException {
        List<String> heard = new ArrayList<>();
        Object both = both(type, noting(type, "one", heard, true), noting(type, "two", heard, false));
        Object[] arguments = Arrays.stream(call.getParameterTypes())
                .map(BothListenersTest::sample)
                .toArray();

        call.setAccessible(true);
        assertThatThrownBy(() -> call.invoke(both, arguments))
                .isInstanceOf(InvocationTargetException.class)
                .hasRootCauseMessage("on purpose");
        assertThat(heard).hasSize(2);
    }

    private static Object both(Class<?> type, Object one, Object two) {
        return type == PublisherListener.class
                ? new BothPublisherListeners((PublisherListener) one, (PublisherListener) two)
                : new BothSubscriberListeners((SubscriberListener) one, (SubscriberListener) two);
    }

    private static Object noting(Class<?> type, String name, List<String> heard, boolean fails) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
            heard.add(name + " " + method.getName() + Arrays.toString(arguments));
            if (fails) {
                throw new IllegalStateException("on purpose");
            }
            return null;
        });
    }

    private static @Nullable Object sample(Class<?> type) {
        if (type == String.class) {
            return "text";
        }
        if (type == int.class) {
            return 7;
        }
        if (type == long.class) {
            return 8L;
        }
        if (type == boolean.class) {
            return true;
        }
        if (type == Decoded.Refusal.class) {
            return Decoded.Refusal.TOO_LARGE;
        }
        return type.isEnum() ? type.getEnumConstants()[0] : null;
    }
}
