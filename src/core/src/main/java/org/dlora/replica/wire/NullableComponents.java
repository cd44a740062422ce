package org.dlora.replica.wire;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.lang.reflect.Executable;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedParameter;
import tools.jackson.databind.introspect.NopAnnotationIntrospector;

/**
 * Rule for nulls: they are read for record components that are marked {@link Nullable}, and for
 * optional ones, whose absence is written as null.
 */
final class NullableComponents extends NopAnnotationIntrospector {
    private static final long serialVersionUID = 1;

    @Override
    public JsonSetter.Value findSetterInfo(MapperConfig<?> config, Annotated annotated) {
        return annotated instanceof AnnotatedParameter parameter && mayBeNull(parameter)
                ? JsonSetter.Value.forValueNulls(Nulls.SET)
                : JsonSetter.Value.empty();
    }

    private static boolean mayBeNull(AnnotatedParameter parameter) {
        if (parameter.getRawType() == OptionalLong.class) {
            return true;
        }
        return parameter.getOwner().getAnnotated() instanceof Executable constructor
                && constructor.getAnnotatedParameterTypes()[parameter.getIndex()]
                        .isAnnotationPresent(Nullable.class);
    }
}
