package org.dlora.template;

import java.util.ArrayList;
import java.util.List;

/**
 * The {@code attribute} argument of filters. {@code 'a.b.0'} goes down through items; an absent
 * argument is the item itself.
 */
final class AttributePath {

    private final List<Object> steps;
    private final Access access;
    private final Rendering rendering;

    private AttributePath(List<Object> steps, Rendering rendering) {
        this.steps = steps;
        this.access = new Access(rendering);
        this.rendering = rendering;
    }

    static AttributePath of(Object attribute, Rendering rendering) {
        List<Object> steps = new ArrayList<>();
        if (attribute instanceof String path) {
            rendering.budget().allocateItems(path.length());
            for (var step : path.split("\\.", -1)) {
                boolean index =
                        !step.isEmpty()
                                && step.length() < 10
                                && step.chars().allMatch(c -> c >= '0' && c <= '9');
                steps.add(index ? (Object) Long.parseLong(step) : step);
            }
        } else if (attribute != None.NONE) {
            steps.add(attribute);
        }
        return new AttributePath(steps, rendering);
    }

    Object get(Object item) {
        return get(item, None.NONE);
    }

    /**
     * @param otherwise replaces an undefined value on the way, unless it is none
     */
    Object get(Object item, Object otherwise) {
        var value = item;
        for (var step : steps) {
            rendering.budget().step();
            value = access.item(value, step);
            if (otherwise != None.NONE && value instanceof Undefined) {
                value = otherwise;
            }
        }
        return value;
    }
}
