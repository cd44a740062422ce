package org.dlora.api.documentation;

import io.swagger.v3.core.jackson.TypeNameResolver;

/**
 * Names of schemas: that of the class, after the names of the records around it. The ending {@code
 * Body} and the names of controllers are left out.
 */
final class SchemaNames extends TypeNameResolver {
    private static final String BODY = "Body";
    private static final String CONTROLLER = "Controller";

    @Override
    protected String getNameOfClass(Class<?> type) {
        var outer = type.getDeclaringClass();
        var prefix =
                outer == null || outer.getSimpleName().endsWith(CONTROLLER)
                        ? ""
                        : getNameOfClass(outer);
        var name = type.getSimpleName();
        return prefix
                + (name.endsWith(BODY) ? name.substring(0, name.length() - BODY.length()) : name);
    }
}
