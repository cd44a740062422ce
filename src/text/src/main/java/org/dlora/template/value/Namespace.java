package org.dlora.template.value;

import java.util.LinkedHashMap;
import java.util.Map;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.sandbox.TemplateException.Kind;
import org.jspecify.annotations.Nullable;

/** The one mutable value: its attributes can be set inside a loop and read outside. */
public final class Namespace {

    private final Map<String, Object> attributes = new LinkedHashMap<>();

    @Nullable
    public Object get(String name) {
        return attributes.get(name);
    }

    /**
     * Sets an attribute. Refuses names with a leading underscore, as transformers' own namespace
     * does.
     */
    public void set(String name, Object value) {
        if (name.startsWith("_")) {
            throw TemplateException.of(
                    Kind.SECURITY,
                    "a namespace cannot hold the underscore-prefixed attribute '"
                            + name
                            + "': rename it");
        }
        attributes.put(name, value);
    }

    Map<String, Object> attributes() {
        return attributes;
    }
}
