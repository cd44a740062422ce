package org.dlora.testing;

import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropagationMode;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;

/**
 * Hook of all properties that has them tried a quarter as often as they say, yet at least {@link
 * #FEWEST} times. With {@code -Ddlora.test.long=true}, and where a class is {@link AllTries}, they
 * are tried as often as they say. jqwik finds it by {@code META-INF/services}.
 */
public final class ShorterProperties implements AroundPropertyHook {
    private static final boolean IS_LONG = Boolean.getBoolean("dlora.test.long");
    private static final int FEWEST = 20;

    @Override
    public PropertyExecutionResult aroundProperty(
            PropertyLifecycleContext context, PropertyExecutor property) throws Throwable {
        if (!IS_LONG && !context.containerClass().isAnnotationPresent(AllTries.class)) {
            var attributes = context.attributes();
            attributes.tries().ifPresent(tries -> attributes.setTries(fewer(tries)));
        }
        return property.execute();
    }

    private static int fewer(int tries) {
        return Math.min(tries, Math.max(FEWEST, tries / 4));
    }

    @Override
    public PropagationMode propagateTo() {
        return PropagationMode.ALL_DESCENDANTS;
    }
}
