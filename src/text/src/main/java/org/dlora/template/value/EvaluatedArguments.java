package org.dlora.template.value;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.template.sandbox.TemplateException;

/** The evaluated arguments of a call, filter or test. */
public record EvaluatedArguments(List<Object> positional, Map<String, Object> named) {

    public static EvaluatedArguments of(Object... positional) {
        return new EvaluatedArguments(List.of(positional), Map.of());
    }

    /** Returns these arguments without the first {@code count} positional ones. */
    public EvaluatedArguments dropFirst(int count) {
        return new EvaluatedArguments(positional.subList(count, positional.size()), named);
    }

    /**
     * Assigns the arguments to {@code parameters} as a Python call would.
     *
     * @throws TemplateException when there are too many, an unknown one, or one is given twice
     */
    public BoundArguments bind(String callee, String... parameters) {
        if (positional.size() > parameters.length) {
            throw TemplateException.type(
                    callee
                            + "() takes at most "
                            + parameters.length
                            + " arguments but "
                            + positional.size()
                            + " were given");
        }
        var values = new HashMap<String, Object>();
        for (int i = 0; i < positional.size(); i++) {
            values.put(parameters[i], positional.get(i));
        }
        named.forEach((name, value) -> {
            if (!Arrays.asList(parameters).contains(name)) {
                throw TemplateException.type(
                        callee + "() got an unexpected keyword argument '" + name + "'");
            }
            if (values.put(name, value) != null) {
                throw TemplateException.type(
                        callee + "() got multiple values for argument '" + name + "'");
            }
        });
        return new BoundArguments(callee, values);
    }
}
