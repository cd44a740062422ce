package org.dlora.template.run;

import java.util.HashMap;
import java.util.Map;
import org.dlora.template.value.Undefined;
import org.jspecify.annotations.Nullable;

/** The variables of a block. They are looked up outwards and set only here. */
public final class VariableScope {

    private final Map<String, Object> variables = new HashMap<>();
    private final @Nullable VariableScope parent;

    public VariableScope(@Nullable VariableScope parent) {
        this.parent = parent;
    }

    public void set(String name, Object value) {
        variables.put(name, value);
    }

    Object get(String name) {
        for (VariableScope scope = this; scope != null; scope = scope.parent) {
            var value = scope.variables.get(name);
            if (value != null) {
                return value;
            }
        }
        return Undefined.variable(name);
    }
}
