package org.dlora.console.page;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.thymeleaf.context.IExpressionContext;
import org.thymeleaf.linkbuilder.StandardLinkBuilder;

/** Links of templates, as {@code @{/console/adapter(name=${name})}}: paths of this server. */
final class PageLinks extends StandardLinkBuilder {

    @Override
    protected String computeContextPath(
            IExpressionContext context,
            @Nullable String base,
            @Nullable Map<String, Object> parameters) {
        return "";
    }
}
