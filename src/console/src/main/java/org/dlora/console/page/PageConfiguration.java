package org.dlora.console.page;

import java.time.Duration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.CacheControl;
import org.springframework.web.reactive.config.ResourceHandlerRegistry;
import org.springframework.web.reactive.config.WebFluxConfigurer;

/** Parts that all pages need, and the libraries that browsers load from this server. */
@Configuration(proxyBeanMethods = false)
@Import({
    PageRenderer.class,
    PageHistory.class,
    ConsoleErrors.class,
    LiveController.class,
    HomeRedirect.class
})
public class PageConfiguration implements WebFluxConfigurer {
    private static final String LIBRARIES = "classpath:/META-INF/resources/webjars/";
    private static final Duration LIBRARY_AGE = Duration.ofDays(30);

    /** Serves the libraries' files, whose paths have their versions. */
    @Override
    public void addResourceHandlers(ResourceHandlerRegistry registry) {
        registry.addResourceHandler("/console/assets/lib/**")
                .addResourceLocations(LIBRARIES)
                .setCacheControl(CacheControl.maxAge(LIBRARY_AGE).cachePrivate());
    }
}
