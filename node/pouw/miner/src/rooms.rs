//! Room for the results of claims held and under way.

use crate::room::Room;
use bcai_matrices::MatrixStore;
use bcai_pouw_primitives::{Shape, TaskId};
use bcai_pouw_tasks::chain::Task;
use bcai_roles::on_blocking_thread;
use std::{collections::BTreeMap, sync::Arc};

/// The rooms, by task.
pub(crate) struct Rooms {
    store: Arc<dyn MatrixStore>,
    by_task: BTreeMap<TaskId, Arc<Room>>,
}

impl Rooms {
    pub(crate) fn new(store: Arc<dyn MatrixStore>) -> Self {
        Self {
            store,
            by_task: BTreeMap::new(),
        }
    }

    /// Gives back the room of all tasks but these.
    pub(crate) fn retain(&mut self, wanted: impl Fn(TaskId) -> bool) {
        self.by_task.retain(|id, _| wanted(*id));
    }

    /// The room for the result of this task, kept, or taken now if there was none.
    /// Errors: why there is none, for a person.
    pub(crate) async fn take(&mut self, task: &Task) -> Result<Arc<Room>, String> {
        let no_room = |why: String| format!("task {}: no room for its result: {why}", task.id);
        let shape = task
            .commitment()
            .map_err(|error| no_room(format!("{error:?}")))?
            .shape;
        let (store, known) = (self.store.clone(), self.by_task.get(&task.id).cloned());
        let room = on_blocking_thread(move || match known {
            Some(room) => room.keep().map(|()| room),
            None => Room::take(store, &shape).map(Arc::new),
        });
        let room = room.await.map_err(|error| no_room(error.without_paths()))?;
        self.by_task.insert(task.id, room.clone());
        Ok(room)
    }

    /// What is left to a claim that is held already when there is no room: one that goes on asking for it.
    pub(crate) fn lost(&mut self, task: TaskId, shape: &Shape) -> Arc<Room> {
        let room = Arc::new(Room::lost(self.store.clone(), shape));
        self.by_task.insert(task, room.clone());
        room
    }
}
