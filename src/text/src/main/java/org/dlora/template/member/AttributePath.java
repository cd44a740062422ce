package org.dlora.template.member;

import java.util.ArrayList;
import java.util.List;
import org.dlora.template.value.None;
import org.dlora.template.value.Rendering;
import org.dlora.template.value.Undefined;

/**
 * The {@code attribute} argument of filters. {@code 'a.b.0'} goes down through items; an absent
 * argument is the item itself.
 */
public final class AttributePath {

    private final List<Object> steps;
    private final MemberAccess access;
    private final Rendering rendering;

    private AttributePath(List<Object> steps, Rendering rendering) {
        this.steps = steps;
        this.access = new MemberAccess(rendering);
        this.rendering = rendering;
    }

    public static AttributePath of(Object attribute, Rendering rendering) {
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

    public Object get(Object item) {
        return get(item, None.NONE);
    }

    /**
     * Returns the value at the end of the path.
     *
     * @param otherwise replaces an undefined value on the way, unless it is none
     */
    public Object get(Object item, Object otherwise) {
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
