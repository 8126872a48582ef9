package dev.freshet.spring;

import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.context.expression.MethodBasedEvaluationContext;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.EvaluationException;
import org.springframework.expression.Expression;
import org.springframework.expression.ParseException;
import org.springframework.expression.common.TemplateParserContext;
import org.springframework.expression.spel.standard.SpelExpressionParser;

/** Names that are templates of SpEL: {@code team:#{#result.teamId}}. */
final class Templates {

    /** Templates of one annotation, which say where they stand if they fail. */
    record Parsed(String where, List<Expression> expressions) {
        static final Parsed NONE = new Parsed("", List.of());

        boolean isEmpty() {
            return expressions.isEmpty();
        }
    }

    /** A call of a method: the root of what its expressions see. */
    record Call(Object target, Method method, @Nullable Object[] args, Class<?> targetClass) {

        // SpEL finds properties by these names.

        public Object getTarget() {
            return target;
        }

        public Method getMethod() {
            return method;
        }

        public String getMethodName() {
            return method.getName();
        }

        public @Nullable Object[] getArgs() {
            return args;
        }

        public Class<?> getTargetClass() {
            return targetClass;
        }
    }

    private final SpelExpressionParser parser = new SpelExpressionParser();
    private final ParameterNameDiscoverer parameterNames = new DefaultParameterNameDiscoverer();
    private volatile @Nullable BeanFactoryResolver beans;

    void use(BeanFactory factory) {
        beans = new BeanFactoryResolver(factory);
    }

    /** @throws IllegalStateException if one is not a template */
    Parsed parse(String annotation, Method method, String... templates) {
        List<Expression> expressions = new ArrayList<>();
        for (String template : templates) {
            try {
                expressions.add(parser.parseExpression(template, new TemplateParserContext()));
            } catch (ParseException fault) {
                throw new IllegalStateException(
                        annotation + " of " + method + " has \"" + template
                                + "\", which is not a template of SpEL such as \"team:#{#result.teamId}\": "
                                + fault.getMessage(),
                        fault);
            }
        }
        return new Parsed(annotation + " of " + method, expressions);
    }

    /** @throws IllegalStateException if it is not an expression */
    Parsed parseCondition(String annotation, Method method, String condition) {
        try {
            return new Parsed(annotation + " of " + method, List.of(parser.parseExpression(condition)));
        } catch (ParseException fault) {
            throw new IllegalStateException(
                    annotation + " of " + method + " has the condition \"" + condition
                            + "\", which is not an expression of SpEL: " + fault.getMessage(),
                    fault);
        }
    }

    /** @throws IllegalStateException if one fails */
    List<String> evaluate(Parsed templates, Call call, @Nullable Object result) {
        EvaluationContext context = context(call, result);
        List<String> names = new ArrayList<>();
        for (Expression expression : templates.expressions()) {
            try {
                addTo(names, expression.getValue(context));
            } catch (EvaluationException fault) {
                throw new IllegalStateException(
                        templates.where() + ": \"" + expression.getExpressionString() + "\" failed: "
                                + fault.getMessage(),
                        fault);
            }
        }
        return names;
    }

    boolean holds(Parsed condition, Call call, @Nullable Object result) {
        Expression expression = condition.expressions().get(0);
        try {
            return Boolean.TRUE.equals(expression.getValue(context(call, result), Boolean.class));
        } catch (EvaluationException fault) {
            throw new IllegalStateException(
                    condition.where() + ": the condition \"" + expression.getExpressionString() + "\" failed: "
                            + fault.getMessage(),
                    fault);
        }
    }

    private EvaluationContext context(Call call, @Nullable Object result) {
        MethodBasedEvaluationContext context = new MethodBasedEvaluationContext(
                call, AopUtils.getMostSpecificMethod(call.method(), call.targetClass()), call.args(), parameterNames);
        context.setVariable("result", result instanceof Optional<?> optional ? optional.orElse(null) : result);
        BeanFactoryResolver resolver = beans;
        if (resolver != null) {
            context.setBeanResolver(resolver);
        }
        return context;
    }

    private static void addTo(List<String> names, @Nullable Object value) {
        if (value instanceof Collection<?> several) {
            several.forEach(each -> addTo(names, each));
        } else if (value != null && value.getClass().isArray()) {
            for (int i = 0; i < Array.getLength(value); i++) {
                addTo(names, Array.get(value, i));
            }
        } else if (value != null) {
            names.add(value.toString());
        }
    }
}
