/** Deletes a user: its credentials are revoked and its connections closed. */
import { type User, useDeleteUser } from "../../api/users";
import { FormDialog } from "../../ui/FormDialog";
import { toastChange } from "../../ui/toasts";

interface DeleteUserDialogProps {
  account: string;
  user: User;
  onClose: () => void;
}

export function DeleteUserDialog({ account, user, onClose }: DeleteUserDialogProps) {
  const remove = useDeleteUser(account);
  return (
    <FormDialog
      title={`Delete ${user.name}?`}
      description="Its credentials are revoked for good and its connections are closed at once."
      action="Delete user"
      busyAction="Deleting…"
      danger
      busy={remove.isPending}
      problem={remove.error}
      onSubmit={() =>
        remove.mutate(user, {
          onSuccess: ({ live }) => {
            onClose();
            toastChange(`User ${user.name} deleted`, live);
          },
        })
      }
      onClose={onClose}
    />
  );
}
