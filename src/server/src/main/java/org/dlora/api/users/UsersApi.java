package org.dlora.api.users;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Endpoints of users. They need a {@link org.dlora.security.users.UserService}. */
@Configuration(proxyBeanMethods = false)
@Import({UserChanges.class, UsersController.class})
public class UsersApi {}
